/* Holds many idle event streams open on 127.0.0.1.
 *
 *   streams --port P --count N --seconds S --path PATH [--header 'K: V']...
 *
 * Opens N streams one after another, waits until each has answered 200, prints {"open":N} on its own line and flushes,
 * then stays for S seconds and prints how many are still open and how many events came. Headers may differ by stream:
 * a header file (--cookies FILE) gives one Cookie value a line, taken in turn, since the server caps streams a person. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MAX_COOKIES 4096

struct plan {
    int port, count;
    double seconds;
    const char *path;
    char *cookies[MAX_COOKIES];
    int cookie_count;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void read_cookies(struct plan *p, const char *path)
{
    FILE *f = fopen(path, "re");
    char line[512];

    if (!f) {
        perror(path);
        exit(2);
    }
    while (p->cookie_count < MAX_COOKIES && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        p->cookies[p->cookie_count++] = strdup(line);
    }
    fclose(f);
}

static struct plan read_plan(int argc, char **argv)
{
    static const struct option options[] = {
        { "port", required_argument, NULL, 'p' },    { "count", required_argument, NULL, 'n' },
        { "seconds", required_argument, NULL, 's' }, { "path", required_argument, NULL, 'u' },
        { "cookies", required_argument, NULL, 'c' }, { NULL, 0, NULL, 0 },
    };
    struct plan p = { .seconds = 5 };
    int o = 0;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (o == 'p')
            p.port = (int)strtol(optarg, NULL, 10);
        else if (o == 'n')
            p.count = (int)strtol(optarg, NULL, 10);
        else if (o == 's')
            p.seconds = strtod(optarg, NULL);
        else if (o == 'u')
            p.path = optarg;
        else if (o == 'c')
            read_cookies(&p, optarg);
        else
            exit(2);
    }
    if (!p.port || p.count < 1 || !p.path || !p.cookie_count) {
        fprintf(stderr, "streams: --port, --count, --path and --cookies are needed\n");
        exit(2);
    }
    return p;
}

/* Opens one stream and waits for the head of its answer; -1 when it was not a 200. */
static int open_stream(const struct plan *p, int index)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port) };
    char text[2048];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\nAccept: text/event-stream\r\n\r\n",
                       p->path, p->cookies[index % p->cookie_count]);
    size_t have = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || len >= (int)sizeof text || connect(fd, (struct sockaddr *)&address, sizeof address) ||
        send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        return -1;
    text[0] = '\0';
    while (!strstr(text, "\r\n\r\n") && have < sizeof text - 1) {
        ssize_t n = recv(fd, text + have, sizeof text - 1 - have, 0);

        if (n <= 0)
            break;
        have += (size_t)n;
        text[have] = '\0';
    }
    if (strncmp(text, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "streams: stream %d was answered: %.60s\n", index, text);
        close(fd);
        return -1;
    }
    return fd;
}

static void hold(const struct plan *p, int poller, int open)
{
    struct epoll_event events[256];
    double end = now_s() + p->seconds;
    long pieces = 0;
    char sink[4096];

    while (now_s() < end) {
        int n = epoll_wait(poller, events, 256, 100);

        for (int i = 0; i < n; i++) {
            ssize_t got = recv(events[i].data.fd, sink, sizeof sink, MSG_DONTWAIT);

            if (got > 0) {
                pieces++;
            } else if (got == 0 || errno != EAGAIN) {
                close(events[i].data.fd);
                open--;
            }
        }
    }
    printf("{\"still_open\":%d,\"pieces\":%ld}\n", open, pieces);
}

int main(int argc, char **argv)
{
    struct plan plan = read_plan(argc, argv);
    struct rlimit files = { (rlim_t)plan.count + 64, (rlim_t)plan.count + 64 };
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int open = 0;

    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < plan.count; i++) {
        int fd = open_stream(&plan, i);
        struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

        if (fd < 0)
            break;
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        open++;
    }
    printf("{\"open\":%d}\n", open);
    fflush(stdout);
    hold(&plan, poller, open);
    return open == plan.count ? 0 : 1;
}
