/* What Instagram's own calls are refused with, before the codes that all of Graph shares (meta_errors.c). */
#include "instagram_priv.h"

/* platforms-meta.md §8.4. */
static const struct meta_error own_errors[] = {
    { 10, 10, 2534022, OUTCOME_PERMANENT, "window_closed", 0 },
    { 10, 10, 2018278, OUTCOME_PERMANENT, "window_closed", 0 },
    { 10, 10, 2018065, OUTCOME_PERMANENT, "window_closed", 0 },
    { 200, 200, 1545041, OUTCOME_PERMANENT, "not_available", 0 },
    { 551, 551, META_ANY_SUB, OUTCOME_PERMANENT, "not_available", 0 },
    { 10, 10, 2018108, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, 2534122, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, 2534029, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, 1893063, OUTCOME_RETRY_AT, "restricted", META_DAY_S },
    { 100, 100, 2018001, OUTCOME_PERMANENT, "chat_not_found", 0 },
    { 100, 100, 2018109, OUTCOME_PERMANENT, "file_too_big", 0 },
    { 100, 100, 1893061, OUTCOME_PERMANENT, "rejected", 0 },
    { 100, 100, 2018218, OUTCOME_PERMANENT, "no_profile", 0 },
    { 100, 100, 2018047, OUTCOME_RETRY, "file_unavailable", 0 },
    { 100, 100, 2018007, OUTCOME_RETRY, "file_unavailable", 0 },
    { 100, 100, 2018008, OUTCOME_RETRY, "file_unavailable", 0 },
    { 100, 100, 2018344, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 2018344, 2018344, META_ANY_SUB, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 10303, 10303, META_ANY_SUB, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 1609005, 1609005, META_ANY_SUB, OUTCOME_PERMANENT, "file_unavailable", 0 },
    { 1200, 1200, META_ANY_SUB, OUTCOME_RETRY, "unreachable", 0 },
    { 10900, 10900, META_ANY_SUB, OUTCOME_PERMANENT, "said_already", 0 },
    { 10903, 10903, META_ANY_SUB, OUTCOME_PERMANENT, "window_closed", 0 },
};

const struct meta_error *instagram_errors(size_t *count)
{
    *count = COUNT_OF(own_errors);
    return own_errors;
}
