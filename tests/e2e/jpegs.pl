# jpegs.pl COUNT TAR - a webdataset of COUNT samples and some that a funnel takes out.
#
# Grey JPEGs of 8 x 8 blocks, written by hand: one Huffman table of twelve codes for the differences
# of the constant coefficients; every image is its means.
use strict; use warnings; use Digest::SHA 'sha256_hex';
sub segment { my ($marker, $data) = @_; return pack('CCn', 0xFF, $marker, 2 + length $data) . $data }
sub jpeg { # side in blocks, one mean a block
    my ($side, @means) = @_;
    my $head = "\xFF\xD8" . segment(0xDB, "\0" . chr(8) x 64) .
        segment(0xC0, pack('CnnC', 8, 8 * $side, 8 * $side, 1) . "\1\x11\0") .
        segment(0xC4, "\0" . pack('C16', 0, 0, 0, 12, (0) x 12) . pack('C12', 0 .. 11)) .
        segment(0xC4, "\x10" . pack('C16', 1, (0) x 15) . "\0") .
        segment(0xDA, "\1\1\0\0\x3F\0");
    my ($bits, $last) = ('', 0);
    for my $mean (@means) {
        my $difference = $mean - $last; $last = $mean;
        my $size = 0; $size++ while abs($difference) >= 1 << $size;
        $bits .= sprintf('%04b', $size);
        $bits .= sprintf("%0${size}b", $difference > 0 ? $difference : $difference + (1 << $size) - 1) if $size;
        $bits .= '0';
    }
    $bits .= '1' while length($bits) % 8;
    my $coded = pack 'B*', $bits; $coded =~ s/\xFF/\xFF\0/g;
    return $head . $coded . "\xFF\xD9";
}
sub entry { # of a tar
    my ($name, $data) = @_;
    my $h = pack 'a100a8a8a8a12a12A8a1a100a6a2a32a32a8a8a155x12', $name, '0000644', '0000000', '0000000',
        sprintf('%011o', length $data), '00000000000', '', '0', '', 'ustar', '00', '', '', '', '', '';
    substr($h, 148, 8) = sprintf("%06o\0 ", unpack '%32C*', $h);
    return $h . $data . "\0" x (-length($data) % 512);
}
my ($count, $out) = @ARGV;
my ($state, $tar) = (7, '');
sub draw { $state = ($state * 1103 + 12345) % 65536; return int($state / 64) % $_[0] }
for my $i (0 .. $count - 1) {
    my @means = map { draw(120) - 60 } 1 .. 64;
    my $data = jpeg(8, @means);
    my $hash = sha256_hex($i == 3 ? 'other' : $data);
    my $key = sprintf '%09d', $i;
    $data = substr $data, 0, length($data) / 2 if $i == 5;
    $hash = sha256_hex($data) if $i == 5;
    my $faces = $i % 10 == 0 ? '[[0.25, 0.25, 0.5, 0.5]]' : '[]';
    my $unsafe = $i % 12 == 7 ? 0.9 : 0.01;
    $tar .= entry("$key.jpg", $data) . entry("$key.json", qq({"uid": "$key", "sha256": "$hash",
        "clip_l14_similarity_score": 0.$i, "punsafe": $unsafe, "face_bboxes": $faces, "text": "n. $i"}));
    $tar .= entry("$key-again.jpg", $data) . entry("$key-again.json",
        '{"punsafe": 0, "clip_l14_similarity_score": 0}') if $i == 9;
}
open my $file, '>:raw', $out or die $!; print $file $tar, "\0" x 1024; close $file or die $!;
