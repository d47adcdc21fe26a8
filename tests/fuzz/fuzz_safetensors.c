/* A file that opens gives every tensor that it names, and verifies or says why not. */
#include "fuzz.h"
#include "model/safetensors.h"
#include <string.h>

enum { COUNT_MAX = 1 << 16 }; /* larger tensors cost time and show nothing new */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"x", "y", "trunk.weight", "", "__metadata__"};
    static vt_real values[COUNT_MAX];
    vt_error err;
    vt_safetensors *file = NULL;
    vt_status status = vt_safetensors_open(&file, fuzz_file(0, data, size), &err);
    if ((status == VT_OK) != (file != NULL)) abort();
    if (status != VT_OK) return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        isize count = vt_safetensors_count(file, names[i]);
        if (count < 0 || count > COUNT_MAX) continue;
        if (vt_safetensors_read(file, names[i], values, count, &err) != VT_OK) abort();
        if (vt_safetensors_read(file, names[i], values, count + 1, &err) == VT_OK) abort();
    }
    const char *step = vt_safetensors_note(file, "step");
    if (step && strlen(step) > size) abort();
    status = vt_safetensors_verify(file, &err);
    if (status != VT_OK && status != VT_ERR_FORMAT) abort();
    vt_safetensors_close(&file);
    return 0;
}
