#include "format/csv.h"
#include "base/heap.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- encodings ---- */

static void put_utf8(lab_text *text, unsigned long c)
{
    char out[4];
    isize count = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (isize i = count - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(first[count] | c);
    lab_text_bytes(text, out, count);
}

static void from_latin1(lab_text *text, const unsigned char *bytes, isize count)
{
    for (isize i = 0; i < count; i++) put_utf8(text, bytes[i]);
}

/* Half a pair of surrogates becomes U+FFFD. */
static void from_utf16(lab_text *text, const unsigned char *bytes, isize count, int high)
{
    for (isize i = 0; i + 1 < count; i += 2) {
        unsigned long c = (unsigned long)bytes[i + !high] << 8 | bytes[i + high];
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < count) {
            unsigned long low = (unsigned long)bytes[i + 2 + !high] << 8 | bytes[i + 2 + high];
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        put_utf8(text, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
}

static void decode(lab_csv *csv, const lab_text *bytes)
{
    const unsigned char *data = (const unsigned char *)lab_text_of(bytes);
    isize count = bytes->length;
    bool marked =
        count >= 2 && (data[0] == 0xff || data[0] == 0xfe) && data[0] + data[1] == 0xff + 0xfe;
    csv->encoding = "UTF-8";
    if (marked) {
        csv->encoding = "UTF-16";
        from_utf16(&csv->text, data + 2, count - 2, data[0] == 0xfe);
    } else if (!lab_text_is_utf8(bytes)) {
        csv->encoding = "Latin-1";
        from_latin1(&csv->text, data, count);
    } else if (count >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        lab_text_bytes(&csv->text, data + 3, count - 3);
    } else {
        lab_text_bytes(&csv->text, data, count);
    }
}

/* ---- rows ---- */

static char comma_of(const char *text)
{
    static const char kinds[] = ",;\t";
    int found[3] = {0}, best = 0;
    bool quoted = false;
    for (; *text && (quoted || (*text != '\n' && *text != '\r')); text++) {
        if (*text == '"') quoted = !quoted;
        const char *kind = quoted ? NULL : strchr(kinds, *text);
        if (kind) found[kind - kinds]++;
    }
    for (int i = 1; i < 3; i++)
        if (found[i] > found[best]) best = i;
    return kinds[best];
}

/* The length of a decimal number with a comma or a point, blanks around it aside; 0: it is none. */
static isize decimal_length(const char *text, const char *end, const char **mark)
{
    while (text < end && (*text == ' ' || *text == '"')) text++;
    while (text < end && (end[-1] == ' ' || end[-1] == '"')) end--;
    const char *from = text, *digits = from += text < end && (*text == '-' || *text == '+');
    *mark = NULL;
    for (; text < end && from < end; from++) {
        if (isdigit((unsigned char)*from)) continue;
        if ((*from != ',' && *from != '.') || *mark || from == digits) break;
        *mark = from;
    }
    bool exponent = from < end && (*from == 'e' || *from == 'E');
    return *mark && (from == end || exponent) ? end - text : 0;
}

/* Whether fields that semicolons part have both decimal commas and decimal points. */
static bool has_both(const char *text)
{
    bool commas = false, points = false;
    while (*text) {
        const char *end = text + strcspn(text, ";\r\n"), *mark;
        if (decimal_length(text, end, &mark) > 0) {
            commas = commas || *mark == ',';
            points = points || *mark == '.';
        }
        text = end + (*end != 0);
    }
    return commas && points;
}

void lab_csv_init(lab_csv *csv, const char *name, const lab_text *bytes)
{
    *csv = (lab_csv){.name = name, .next_line = 1};
    decode(csv, bytes);
    csv->at = csv->line_start = lab_text_of(&csv->text);
    csv->comma = comma_of(csv->at);
    csv->mixed = csv->comma == ';' && has_both(csv->at);
}

void lab_csv_finish(lab_csv *csv)
{
    lab_heap_free(csv->fields);
    lab_heap_free(csv->columns);
    lab_text_finish(&csv->text);
    lab_text_finish(&csv->row);
}

static bool at_end(const lab_csv *csv)
{
    return csv->at == lab_text_of(&csv->text) + csv->text.length;
}

/* Takes one line's end, if there is one. */
static bool take_newline(lab_csv *csv)
{
    if (at_end(csv) || (*csv->at != '\n' && *csv->at != '\r')) return false;
    csv->at += csv->at[0] == '\r' && csv->at[1] == '\n' ? 2 : 1;
    csv->next_line++;
    csv->line_start = csv->at;
    return true;
}

static int column_of(const lab_csv *csv)
{
    int column = 1;
    for (const char *c = csv->line_start; c < csv->at; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    return column;
}

static lab_status complain(const lab_csv *csv, const char *what, lab_error *err)
{
    return lab_fail(err, LAB_ERR_FORMAT, "%s:%td:%d: %s", csv->name, csv->next_line, column_of(csv),
                    what);
}

static void field_open(lab_csv *csv)
{
    if (csv->count == csv->capacity) {
        isize capacity = csv->capacity * 2 + 16, fields = (isize)sizeof *csv->fields,
              columns = (isize)sizeof *csv->columns;
        csv->fields = lab_heap_grow(csv->fields, csv->capacity * fields, capacity * fields);
        csv->columns = lab_heap_grow(csv->columns, csv->capacity * columns, capacity * columns);
        csv->capacity = capacity;
    }
    csv->columns[csv->count++] = column_of(csv);
}

static lab_status take_quoted(lab_csv *csv, lab_error *err)
{
    isize line = csv->next_line;
    int column = column_of(csv);
    csv->at++;
    while (!at_end(csv)) {
        const char *from = csv->at;
        if (*from == 0) return complain(csv, "a NUL byte is no text", err);
        if (take_newline(csv)) {
            lab_text_bytes(&csv->row, from, csv->at - from);
            continue;
        }
        csv->at++;
        if (*from == '"' && *csv->at != '"') return LAB_OK;
        if (*from == '"') csv->at++;
        lab_text_bytes(&csv->row, from, 1);
    }
    return lab_fail(err, LAB_ERR_FORMAT, "%s:%td:%d: this quote is never closed", csv->name, line,
                    column);
}

static lab_status take_field(lab_csv *csv, lab_error *err)
{
    field_open(csv);
    if (*csv->at == '"') {
        lab_status status = take_quoted(csv, err);
        if (status != LAB_OK) return status;
        if (!at_end(csv) && *csv->at != csv->comma && *csv->at != '\n' && *csv->at != '\r')
            return complain(csv,
                            "text behind a closed quote; a quote inside quotes is written "
                            "twice",
                            err);
    }
    while (!at_end(csv) && *csv->at != csv->comma && *csv->at != '\n' && *csv->at != '\r') {
        if (*csv->at == 0) return complain(csv, "a NUL byte is no text", err);
        lab_text_bytes(&csv->row, csv->at++, 1);
    }
    lab_text_bytes(&csv->row, "", 1);
    return LAB_OK;
}

lab_status lab_csv_next(lab_csv *csv, bool *row, lab_error *err)
{
    lab_status status = LAB_OK;
    while (take_newline(csv)) continue;
    lab_text_clear(&csv->row);
    csv->count = 0;
    csv->line = csv->next_line;
    *row = !at_end(csv);
    for (bool more = *row; more && status == LAB_OK;) {
        status = take_field(csv, err);
        more = status == LAB_OK && !at_end(csv) && *csv->at == csv->comma;
        csv->at += more;
    }
    const char *field = lab_text_of(&csv->row);
    for (int i = 0; status == LAB_OK && i < csv->count; i++) {
        csv->fields[i] = field;
        field += strlen(field) + 1;
    }
    return status;
}

bool lab_csv_ambiguous(const lab_csv *csv, const char *text)
{
    const char *mark = NULL, *end = text + strlen(text);
    if (!csv->mixed || decimal_length(text, end, &mark) == 0) return false;
    const char *first = mark;
    while (first > text && isdigit((unsigned char)first[-1])) first--;
    return *first != '0' && mark - first <= 3 && strspn(mark + 1, "0123456789") == 3;
}

bool lab_csv_number(const lab_csv *csv, const char *text, double *value)
{
    char copy[64], *end = NULL;
    while (isspace((unsigned char)*text)) text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
    if (length == 0 || length >= sizeof copy) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    char *point = csv->comma == ';' && !strchr(copy, '.') ? strchr(copy, ',') : NULL;
    if (point) *point = '.';
    if (lab_csv_ambiguous(csv, text)) return false;
    if (strpbrk(copy, "xX(")) return false; /* strtod reads hexadecimal and nan(...), too */
    *value = strtod(copy, &end);
    return end != copy && *end == 0;
}
