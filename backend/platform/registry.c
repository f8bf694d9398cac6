/* The connectors that exist, by platform. A further platform is one file and one line here. */
#include "platform/connector.h"

const struct connector *connector_for(enum platform p)
{
    static const struct connector *const connectors[PLATFORM_COUNT] = {
        [PLATFORM_TELEGRAM] = &telegram_connector,
        [PLATFORM_WHATSAPP] = &whatsapp_connector,
        [PLATFORM_YOUTUBE] = &youtube_connector,
        [PLATFORM_LINE] = &line_connector,
        [PLATFORM_FACEBOOK] = &facebook_connector,
        [PLATFORM_MESSENGER] = &messenger_connector,
        [PLATFORM_X] = &x_connector,
        [PLATFORM_INSTAGRAM] = &instagram_connector,
    };

    return (unsigned)p < PLATFORM_COUNT ? connectors[p] : NULL;
}
