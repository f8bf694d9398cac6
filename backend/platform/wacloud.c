/* WhatsApp Cloud API: the connector's entry. */
#include "wacloud_priv.h"

const struct connector whatsapp_connector = {
    .platform = PLATFORM_WHATSAPP,
    .max_hook_body = INT64_C(8) << 20,
    .parse = wacloud_parse_body,
};
