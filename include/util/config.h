/* Settings: one table row each (section, name, kind, default, help). INI in, environment over it
 * (TANGGAP_SECTION_KEY), an unknown key refuses to start, `doctor` prints the effective values. Secrets are never
 * values here, only paths of files. */
#ifndef TANGGAP_UTIL_CONFIG_H
#define TANGGAP_UTIL_CONFIG_H

#include "util/fail.h"
#include "util/text.h"

#include <stdint.h>

struct config {
    /* [state] */
    const char *state_dir;            /* where everything that must survive lives                        */
    const char *keys_dir;             /* default: state_dir/keys                                          */
    /* [database] */
    const char *database_url;         /* "" = the embedded cluster under state_dir/pg                     */
    /* [http] */
    const char *http_listen;          /* "127.0.0.1:8080", "[::1]:8080" or "unix:/path"                   */
    const char *http_public_url;      /* "https://toko.example"; decides Secure cookies and webhook addresses */
    int64_t http_workers;             /* threads, each with a connection; half may run the bulk lane; 0: twice the processors */
    int64_t http_queue;               /* bound per lane                                                   */
    const char *http_web_dir;         /* panel files, read once at start                                  */
    const char *http_trusted_proxy;   /* address whose X-Forwarded-For is believed, "" = none            */
    /* [session] */
    int64_t session_days;             /* a login lasts this long without use                              */
    /* [media] */
    int64_t media_max_bytes;
    int64_t upload_max_bytes;
    /* [work] */
    int64_t work_batch;               /* deliveries claimed at once                                       */
    int64_t work_lease_s;
    bool work_allow_private_addresses;   /* tests only: lets the address guard pass loopback              */
    /* [telegram] */
    const char *telegram_api_base;
    const char *telegram_file_base;
    /* [meta]: Facebook, Messenger, Instagram, WhatsApp (platforms-meta.md §1.1) */
    const char *meta_graph_base;
    const char *meta_ig_graph_base;
    const char *meta_ig_token_base;
    const char *meta_ig_authorize_base;
    const char *meta_fb_dialog_base;
    const char *meta_api_version;
    const char *meta_media_hosts;     /* comma-separated, a leading "*." stands for any label            */
    /* [line] [youtube] [google] [x] */
    const char *line_api_base;
    const char *line_data_base;
    const char *youtube_api_base;
    const char *google_auth_base;
    const char *google_token_url;
    const char *google_revoke_url;
    const char *x_api_base;
    const char *x_authorize_url;
    /* [log] */
    const char *log_level;            /* debug info warn error */
};

/* path NULL: defaults and environment only. Strings live as long as the config. */
MUST_CHECK int config_load(const char *path, struct config **out, struct fail *why);
void config_free(struct config *cfg);
/* Calls row() for each setting with its effective value as text. */
void config_each(const struct config *cfg,
                 void (*row)(const char *section, const char *name, const char *value, const char *help, void *arg),
                 void *arg);

#endif
