/* Side: harness. A config file, and the same bytes as a command-line argument: whatever is accepted
 * has a canonical text that reads back to itself. */
#include "config/config.h"
#include "fuzz.h"
#include <string.h>

static void reads_back(const lab_config *config)
{
    lab_config again;
    lab_yaml *yaml = NULL;
    lab_error err;
    lab_text text = {0}, second = {0};
    lab_config_text(config, &text);
    if (lab_yaml_parse(&yaml, "again", lab_text_of(&text), text.length, &err) != LAB_OK) abort();
    lab_config_init(&again);
    if (lab_config_read(&again, lab_yaml_root(yaml), &err) != LAB_OK) abort();
    lab_config_text(&again, &second);
    if (strcmp(lab_text_of(&text), lab_text_of(&second)) != 0) abort();
    lab_yaml_close(&yaml);
    lab_text_finish(&text);
    lab_text_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_config config;
    lab_yaml *yaml = NULL;
    lab_error err;
    char argument[512];
    lab_config_init(&config);
    if (lab_yaml_parse(&yaml, "fuzz", (const char *)data, (isize)size, &err) == LAB_OK &&
        lab_config_read(&config, lab_yaml_root(yaml), &err) == LAB_OK &&
        lab_config_check(&config, &err) == LAB_OK)
        reads_back(&config);
    lab_yaml_close(&yaml);
    (void)snprintf(argument, sizeof argument, "%.*s", (int)(size < 500 ? size : 500),
                   (const char *)data);
    lab_config_init(&config);
    if (lab_config_assign(&config, argument, &err) == LAB_OK &&
        lab_config_check(&config, &err) == LAB_OK)
        reads_back(&config);
    return 0;
}
