#include "unit.h"

#include "util/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int load(const char *content, struct config **cfg, struct fail *why)
{
    char path[] = "/tmp/tanggap-unit-XXXXXX";
    int fd = mkstemp(path);
    size_t len = strlen(content);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, len), (ssize_t)len);
    close(fd);
    int rc = config_load(path, cfg, why);
    unlink(path);
    return rc;
}

static int end(void **state)
{
    (void)state;
    unsetenv("TANGGAP_STATE_DIR");
    unsetenv("TANGGAP_HTTP_WORKERS");
    return 0;
}

static void defaults_hold_without_a_file(void **state)
{
    struct config *cfg;
    struct fail why;

    (void)state;
    assert_int_equal(config_load(NULL, &cfg, &why), 0);
    assert_string_equal(cfg->state_dir, "var");
    assert_string_equal(cfg->keys_dir, "var/keys");
    assert_string_equal(cfg->http_listen, "127.0.0.1:8080");
    assert_string_equal(cfg->log_level, "info");
    assert_false(cfg->work_allow_private_addresses);
    config_free(cfg);
    config_free(NULL);
}

static void the_file_sets_and_the_environment_overrides(void **state)
{
    struct config *cfg;
    struct fail why;

    (void)state;
    setenv("TANGGAP_HTTP_WORKERS", "3", 1);
    assert_int_equal(load("; a comment\n[state]\ndir = /srv/tanggap\n[http]\nworkers = 5\nqueue=7\n"
                          "public_url = https://toko.example/\n[work]\nallow_private_addresses = yes\n",
                          &cfg, &why),
                     0);
    assert_string_equal(cfg->state_dir, "/srv/tanggap");
    assert_string_equal(cfg->keys_dir, "/srv/tanggap/keys");
    assert_int_equal(cfg->http_workers, 3);
    assert_int_equal(cfg->http_queue, 7);
    assert_string_equal(cfg->http_public_url, "https://toko.example");
    assert_true(cfg->work_allow_private_addresses);
    config_free(cfg);
}

static void refused(const char *content, long line, const char *word)
{
    struct config *cfg = NULL;
    struct fail why;

    assert_int_equal(load(content, &cfg, &why), -1);
    assert_null(cfg);
    assert_int_equal(why.code, FAIL_BAD_FILE);
    assert_int_equal(why.line, line);
    assert_non_null(strstr(why.text, word));
    assert_non_null(strstr(why.text, "/tmp/tanggap-unit-"));
}

static void mistakes_are_told_with_file_and_line(void **state)
{
    (void)state;
    refused("[state]\ndirr = x\n", 2, "unknown setting \"dirr\" in section [state]");
    refused("\n\n[stat]\ndir = x\n", 4, "unknown setting");
    refused("[http]\nworkers = many\n", 2, "whole number");
    refused("[http]\nworkers = 257\n", 2, "0 to 256");
    refused("[http]\nworkers = 2\nworkers = 3\n", 3, "set twice");
    refused("[http]\npublic_url = toko.example\n", 2, "http://");
    refused("[log]\nlevel = loud\n", 2, "debug, info");
    refused("[work]\nallow_private_addresses = maybe\n", 2, "yes or no");
    refused("[http]\nnonsense\n", 2, "name = value");
    refused("[state\ndir = x\n", 1, "");
}

static void a_line_too_long_for_the_parser_is_refused_not_cut(void **state)
{
    char content[600];

    (void)state;
    memset(content, 'x', sizeof(content) - 1);
    memcpy(content, "[state]\ndir = ", 14);
    content[sizeof(content) - 1] = '\0';
    content[sizeof(content) - 2] = '\n';
    refused(content, 2, "longer than");
}

static void a_bad_environment_variable_is_named(void **state)
{
    struct config *cfg;
    struct fail why;

    (void)state;
    setenv("TANGGAP_HTTP_WORKERS", "x", 1);
    assert_int_equal(config_load(NULL, &cfg, &why), -1);
    assert_non_null(strstr(why.text, "TANGGAP_HTTP_WORKERS"));
    unsetenv("TANGGAP_HTTP_WORKERS");
    assert_int_equal(config_load("/nowhere/tanggap.conf", &cfg, &why), -1);
    assert_non_null(strstr(why.text, "/nowhere/tanggap.conf"));
}

static void count_row(const char *section, const char *name, const char *value, const char *help, void *arg)
{
    int *rows = arg;

    assert_true(section[0] && name[0] && help[0]);
    assert_non_null(value);
    (*rows)++;
}

static void every_setting_can_be_listed(void **state)
{
    struct config *cfg;
    struct fail why;
    int rows = 0;

    (void)state;
    unsetenv("TANGGAP_HTTP_WORKERS");
    assert_int_equal(config_load(NULL, &cfg, &why), 0);
    config_each(cfg, count_row, &rows);
    assert_true(rows >= 19);
    config_free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_without_a_file),
        cmocka_unit_test(the_file_sets_and_the_environment_overrides),
        cmocka_unit_test(mistakes_are_told_with_file_and_line),
        cmocka_unit_test(a_line_too_long_for_the_parser_is_refused_not_cut),
        cmocka_unit_test(a_bad_environment_variable_is_named),
        cmocka_unit_test(every_setting_can_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
