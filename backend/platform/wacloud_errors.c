/* Every code that WhatsApp is known to refuse with, at once or later as a status (platforms-meta.md §8.5). */
#include "wacloud_priv.h"

#define HOUR 3600

static const struct wacloud_error errors[] = {
    { 0, 0, OUTCOME_AUTH, "unauthorized", 0 },
    { 3, 3, OUTCOME_PERMANENT, "no_permission", 0 },
    { 4, 4, OUTCOME_RETRY_AT, "slow_down", 60 },
    { 10, 10, OUTCOME_PERMANENT, "no_permission", 0 },
    { 100, 100, OUTCOME_PERMANENT, "rejected", 0 },
    { 190, 190, OUTCOME_AUTH, "unauthorized", 0 },
    { 200, 299, OUTCOME_PERMANENT, "no_permission", 0 },
    { 368, 368, OUTCOME_RETRY_AT, "account_locked", 24 * HOUR },
    { 80007, 80008, OUTCOME_RETRY_AT, "slow_down", 60 },
    { 130429, 130429, OUTCOME_RETRY_AT, "slow_down", 4 },
    { 130472, 130472, OUTCOME_PERMANENT, "held_back", 0 },
    { 130497, 130497, OUTCOME_PERMANENT, "country_refused", 0 },
    { 131000, 131000, OUTCOME_UNKNOWN, "platform_trouble", 0 },
    { 131005, 131005, OUTCOME_PERMANENT, "no_permission", 0 },
    { 131008, 131009, OUTCOME_PERMANENT, "rejected", 0 },
    { 131014, 131014, OUTCOME_PERMANENT, "media_failed", 0 },
    { 131016, 131016, OUTCOME_RETRY, "platform_trouble", 0 },
    { 131020, 131020, OUTCOME_PERMANENT, "group_refused", 0 },
    { 131021, 131021, OUTCOME_PERMANENT, "to_self", 0 },
    { 131026, 131026, OUTCOME_PERMANENT, "undeliverable", 0 },
    { 131030, 131030, OUTCOME_PERMANENT, "test_number", 0 },
    { 131031, 131031, OUTCOME_RETRY_AT, "account_locked", 24 * HOUR },
    { 131037, 131037, OUTCOME_PERMANENT, "not_registered", 0 },
    { 131041, 131041, OUTCOME_PERMANENT, "group_refused", 0 },
    { 131042, 131042, OUTCOME_PERMANENT, "billing", 0 },
    { 131045, 131045, OUTCOME_PERMANENT, "not_registered", 0 },
    { 131047, 131047, OUTCOME_PERMANENT, "window_closed", 0 },
    { 131048, 131048, OUTCOME_RETRY_AT, "spam_limit", 24 * HOUR },
    { 131049, 131049, OUTCOME_PERMANENT, "held_back", 0 },
    { 131050, 131050, OUTCOME_PERMANENT, "marketing_stopped", 0 },
    { 131051, 131051, OUTCOME_PERMANENT, "type_unknown", 0 },
    { 131052, 131053, OUTCOME_PERMANENT, "media_failed", 0 },
    { 131056, 131056, OUTCOME_RETRY_AT, "slow_down", 6 },
    { 131057, 131057, OUTCOME_RETRY, "platform_trouble", 0 },
    { 131062, 131062, OUTCOME_PERMANENT, "needs_phone", 0 },
    { 131063, 131063, OUTCOME_PERMANENT, "marketing_off", 0 },
    { 131064, 131064, OUTCOME_RETRY_AT, "account_limited", 24 * HOUR },
    { 132000, 132000, OUTCOME_PERMANENT, "template_values", 0 },
    { 132001, 132001, OUTCOME_PERMANENT, "template_missing", 0 },
    { 132005, 132005, OUTCOME_PERMANENT, "template_values", 0 },
    { 132007, 132007, OUTCOME_PERMANENT, "template_paused", 0 },
    { 132008, 132008, OUTCOME_PERMANENT, "template_values", 0 },
    { 132012, 132012, OUTCOME_PERMANENT, "template_values", 0 },
    { 132015, 132016, OUTCOME_PERMANENT, "template_paused", 0 },
    { 132018, 132018, OUTCOME_PERMANENT, "template_values", 0 },
    { 132068, 132069, OUTCOME_PERMANENT, "flow_blocked", 0 },
    { 133004, 133004, OUTCOME_RETRY, "platform_trouble", 0 },
    { 133010, 133010, OUTCOME_PERMANENT, "not_registered", 0 },
    { 133016, 133016, OUTCOME_RETRY_AT, "account_limited", 72 * HOUR },
    { 135000, 135000, OUTCOME_RETRY, "platform_trouble", 0 },
    { 137000, 137000, OUTCOME_PERMANENT, "identity_changed", 0 },
    { 139100, 139101, OUTCOME_PERMANENT, "block_failed", 0 },
    { 139102, 139102, OUTCOME_RETRY, "platform_trouble", 0 },
    { 139103, 139103, OUTCOME_PERMANENT, "block_failed", 0 },
    { 2593109, 2593109, OUTCOME_PERMANENT, "history_declined", 0 },
};

const struct wacloud_error *wacloud_error(int64_t code)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        if (code >= errors[i].first && code <= errors[i].last)
            return &errors[i];
    return NULL;
}
