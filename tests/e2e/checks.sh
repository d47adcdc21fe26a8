# Sourced by tests that count their checks; at the end of a test: finish.
failures=0 checks=0

check() { # what, got, want
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return
    failures=$((failures + 1))
    printf 'FAILED %s: got %s, want %s\n' "$1" "$2" "$3"
}
check_has() { # what, text, pattern
    checks=$((checks + 1))
    printf '%s\n' "$2" | grep -q -- "$3" && return
    failures=$((failures + 1))
    printf 'FAILED %s: no "%s" in:\n%s\n' "$1" "$3" "$2"
}
finish() {
    printf '%d passed, %d failed, 0 skipped\n' $((checks - failures)) "$failures"
    [ "$failures" -eq 0 ]
}
