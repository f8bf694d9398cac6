/* The listening socket, opened by us: libmicrohttpd's own address reuse option would let two servers share a port. */
#include "http/bridge.h"

#include "util/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

static int listen_on(int fd, const struct sockaddr *address, socklen_t len, const char *name, struct fail *why)
{
    if (fd < 0 || bind(fd, address, len) || listen(fd, BACKLOG)) {
        fail(why, errno == EADDRINUSE ? FAIL_CONFLICT : FAIL_NOT_POSSIBLE, "cannot listen on %s: %s", name,
             strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int listen_unix(const char *path, struct fail *why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat st;

    if (strlen(path) >= sizeof(address.sun_path))
        return fail(why, FAIL_BAD_FIELD, "http.listen: socket path too long");
    memcpy(address.sun_path, path, strlen(path) + 1);
    /* A socket left by a killed process; one that somebody answers on is not ours to take. */
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool in_use = probe >= 0 && connect(probe, (const struct sockaddr *)&address, sizeof(address)) == 0;

        if (probe >= 0)
            close(probe);
        if (in_use)
            return fail(why, FAIL_CONFLICT, "another process answers on %s", path);
        unlink(path);
    }
    int fd = listen_on(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                       (const struct sockaddr *)&address, sizeof(address), path, why);
    if (fd >= 0)
        chmod(path, 0660);
    return fd;
}

static int parse_address(const char *text, struct sockaddr_storage *out, socklen_t *len, struct fail *why)
{
    const char *colon = strrchr(text, ':');
    char host[64];
    int64_t port;
    size_t host_len = colon ? (size_t)(colon - text) : 0;
    bool is_six = text[0] == '[' && host_len > 1 && text[host_len - 1] == ']';

    if (!colon || host_len >= sizeof(host) || str_whole_i64(text_of(colon + 1), &port, 0, 65535))
        return fail(why, FAIL_BAD_FIELD, "http.listen must be address:port, [address]:port or unix:/path");
    memcpy(host, text + (is_six ? 1 : 0), host_len - (is_six ? 2 : 0));
    host[host_len - (is_six ? 2 : 0)] = '\0';
    memset(out, 0, sizeof(*out));
    if (is_six) {
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

        if (inet_pton(AF_INET6, host, &six.sin6_addr) != 1)
            return fail(why, FAIL_BAD_FIELD, "http.listen: not an IPv6 address");
        memcpy(out, &six, sizeof(six));
        *len = sizeof(six);
        return 0;
    }
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    if (inet_pton(AF_INET, host, &four.sin_addr) != 1)
        return fail(why, FAIL_BAD_FIELD, "http.listen: not an IPv4 address");
    memcpy(out, &four, sizeof(four));
    *len = sizeof(four);
    return 0;
}

int bridge_listen(const char *address, int *port, struct fail *why)
{
    struct sockaddr_storage where;
    struct sockaddr_in6 got = { 0 };
    socklen_t len, got_len = sizeof(got);
    int on = 1;

    *port = 0;
    if (text_starts(text_of(address), TEXT("unix:")))
        return listen_unix(address + 5, why);
    if (parse_address(address, &where, &len, why))
        return -1;
    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    fd = listen_on(fd, (const struct sockaddr *)&where, len, address, why);
    /* Port and family lie at the same place in both kinds of address. */
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&got, &got_len) == 0)
        *port = ntohs(got.sin6_port);
    return fd;
}
