/* Which addresses are not "the internet": what a link from outside must never make us talk to. */
#include "net/httpc.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct range4 {
    uint32_t net;
    int bits;
};

static bool private4(uint32_t ip)
{
    static const struct range4 ranges[] = {
        { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },  { 0xa9fe0000, 16 },
        { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0586300, 24 }, { 0xc0a80000, 16 },
        { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 }, { 0xe0000000, 3 },
    };

    for (size_t i = 0; i < COUNT_OF(ranges); i++)
        if ((ip ^ ranges[i].net) >> (32 - ranges[i].bits) == 0)
            return true;
    return false;
}

static uint32_t word_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is the internet; inside it, the ways of writing a v4 address are judged by that address. */
static bool private6(const uint8_t ip[16])
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };

    if (memcmp(ip, mapped, 12) == 0 || memcmp(ip, nat64, 12) == 0)
        return private4(word_at(ip + 12));
    if ((ip[0] & 0xe0) != 0x20)
        return true;
    if (ip[0] == 0x20 && ip[1] == 0x02)                      /* 6to4 */
        return private4(word_at(ip + 2));
    if (word_at(ip) == 0x20010000 || word_at(ip) == 0x20010db8)      /* Teredo, documentation */
        return true;
    return false;
}

bool httpc_address_is_private(const void *address, size_t len)
{
    sa_family_t family;

    if (len < sizeof(struct sockaddr))
        return true;
    memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family), sizeof(family));
    if (family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;

        memcpy(&in, address, sizeof(in));
        return private4(ntohl(in.sin_addr.s_addr));
    }
    if (family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in;

        memcpy(&in, address, sizeof(in));
        return private6(in.sin6_addr.s6_addr);
    }
    return true;
}
