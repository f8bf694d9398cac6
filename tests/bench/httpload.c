/* A bounded HTTP load client for 127.0.0.1: keep-alive connections in closed loop on one thread, so that it takes as
 * little as it can of the two cores it shares with what it measures.
 *
 *   httpload --port P --connections N --seconds S [--rate R] [--header 'K: V']... [--telegram CHATS] PATH...
 *
 * Each request takes one of the paths at random. With --telegram the requests are POSTs of Bot API updates from that
 * many chats, each message new. Prints one JSON object: answers, ok (2xx), rate of ok, latency percentiles in ms. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 512
#define MAX_SAMPLES (1u << 23)
#define REPLY_SIZE (1u << 18)

struct plan {
    int port, connections;
    double seconds, rate;
    long chats;
    char headers[2048];
    char **paths;
    int path_count;
};

struct connection {
    int fd;
    size_t out_len, out_done;
    size_t in_len, body_left;
    bool in_body, is_idle;
    int status;
    double began;
    char out[4096];
    char in[REPLY_SIZE];
};

struct load {
    const struct plan *plan;
    int epoll;
    uint64_t random;
    long next_message, answers, ok, sent;
    double start;
    float *samples;
    size_t sample_count;
    struct connection *connections[MAX_CONNECTIONS];
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next_random(struct load *l)
{
    l->random ^= l->random << 13;
    l->random ^= l->random >> 7;
    l->random ^= l->random << 17;
    return l->random;
}

static int write_telegram(struct load *l, char *out, size_t size)
{
    long chat = 7000000000L + (long)(next_random(l) % (uint64_t)l->plan->chats);
    long id = l->next_message++;

    return snprintf(out, size,
                    "{\"update_id\":%ld,\"message\":{\"message_id\":%ld,\"date\":%ld,\"from\":{\"id\":%ld,\"is_bot\":false,"
                    "\"first_name\":\"Pelanggan %ld\"},\"chat\":{\"id\":%ld,\"type\":\"private\",\"first_name\":\"Pelanggan "
                    "%ld\"},\"text\":\"Halo kak, paket nomor %ld kok belum sampai dari kemarin lusa, boleh tolong dicek "
                    "kurirnya? Alamat sudah saya tulis lengkap waktu pesan.\"}}",
                    id, id, (long)time(NULL), chat, chat, chat, chat, id);
}

static void build_request(struct load *l, struct connection *c)
{
    const struct plan *p = l->plan;
    const char *path = p->paths[next_random(l) % (uint64_t)p->path_count];
    char body[1024];
    int len = 0;

    if (p->chats) {
        int body_len = write_telegram(l, body, sizeof body);

        len = snprintf(c->out, sizeof c->out,
                       "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: "
                       "%d\r\n\r\n%s",
                       path, p->headers, body_len, body);
    } else {
        len = snprintf(c->out, sizeof c->out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", path, p->headers);
    }
    if (len < 0 || (size_t)len >= sizeof c->out) {
        fprintf(stderr, "httpload: request too long\n");
        exit(2);
    }
    c->out_len = (size_t)len;
    c->out_done = c->in_len = c->body_left = 0;
    c->in_body = c->is_idle = false;
    c->began = now_s();
    l->sent++;
}

static void open_connection(struct load *l, struct connection *c)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)l->plan->port) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    int one = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
        perror("httpload: connect");
        exit(1);
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_request(struct load *l, struct connection *c)
{
    build_request(l, c);
    while (c->out_done < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {                     /* the server closed an idle connection: once more on a new one */
            close(c->fd);
            open_connection(l, c);
            c->out_done = 0;
            continue;
        }
        c->out_done += (size_t)n;
    }
}

static bool may_send(const struct load *l)
{
    return l->plan->rate <= 0 || (double)l->sent < (now_s() - l->start) * l->plan->rate;
}

static void finish_answer(struct load *l, struct connection *c)
{
    l->answers++;
    if (c->status >= 200 && c->status < 300)
        l->ok++;
    if (l->sample_count < MAX_SAMPLES)
        l->samples[l->sample_count++] = (float)((now_s() - c->began) * 1e3);
    c->is_idle = true;
}

static size_t content_length(const char *head)
{
    const char *line = strcasestr(head, "\r\ncontent-length:");

    return line ? strtoul(line + 17, NULL, 10) : 0;
}

/* Feeds what has arrived; true when the answer is complete. */
static bool take_bytes(struct connection *c, size_t fresh)
{
    if (c->in_body) {
        c->body_left -= fresh < c->body_left ? fresh : c->body_left;
        return c->body_left == 0;
    }
    c->in_len += fresh;
    c->in[c->in_len] = '\0';
    char *end = strstr(c->in, "\r\n\r\n");

    if (!end)
        return false;
    size_t head = (size_t)(end + 4 - c->in), length = 0;

    c->status = (int)strtol(c->in + 9, NULL, 10);
    length = content_length(c->in);
    c->in_body = true;
    c->body_left = length > c->in_len - head ? length - (c->in_len - head) : 0;
    return c->body_left == 0;
}

static void read_answer(struct load *l, struct connection *c)
{
    size_t at = c->in_body ? 0 : c->in_len;
    ssize_t n = recv(c->fd, c->in + at, REPLY_SIZE - 1 - at, 0);

    if (n <= 0) {
        if (!c->is_idle) {
            c->status = 0;
            finish_answer(l, c);
        }
        close(c->fd);
        open_connection(l, c);
        return;
    }
    if (!c->is_idle && take_bytes(c, (size_t)n))
        finish_answer(l, c);
}

static void run(struct load *l)
{
    struct epoll_event events[MAX_CONNECTIONS];
    double end = l->start + l->plan->seconds;
    int in_flight = 0;

    do {
        bool is_open = now_s() < end;

        in_flight = 0;
        for (int i = 0; i < l->plan->connections; i++) {
            struct connection *c = l->connections[i];

            if (c->is_idle && is_open && may_send(l))
                send_request(l, c);
            in_flight += !c->is_idle;
        }
        int n = epoll_wait(l->epoll, events, MAX_CONNECTIONS, l->plan->rate > 0 ? 1 : 100);

        for (int i = 0; i < n; i++)
            read_answer(l, events[i].data.ptr);
    } while (now_s() < end || (in_flight > 0 && now_s() < end + 10));
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static double percentile(const struct load *l, double share)
{
    return l->sample_count ? (double)l->samples[(size_t)((double)(l->sample_count - 1) * share)] : 0;
}

static void report(struct load *l)
{
    double seconds = l->plan->seconds;

    qsort(l->samples, l->sample_count, sizeof *l->samples, by_value);
    printf("{\"answers\":%ld,\"ok\":%ld,\"seconds\":%.2f,\"rate\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n",
           l->answers, l->ok, seconds, (double)l->ok / seconds, percentile(l, 0.5), percentile(l, 0.99),
           percentile(l, 1.0));
}

static struct plan read_plan(int argc, char **argv)
{
    static const struct option options[] = {
        { "port", required_argument, NULL, 'p' },     { "connections", required_argument, NULL, 'c' },
        { "seconds", required_argument, NULL, 's' },  { "rate", required_argument, NULL, 'r' },
        { "header", required_argument, NULL, 'h' },   { "telegram", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };
    struct plan p = { .connections = 8, .seconds = 10 };
    int o = 0;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        size_t used = strlen(p.headers);

        if (o == 'p')
            p.port = (int)strtol(optarg, NULL, 10);
        else if (o == 'c')
            p.connections = (int)strtol(optarg, NULL, 10);
        else if (o == 's')
            p.seconds = strtod(optarg, NULL);
        else if (o == 'r')
            p.rate = strtod(optarg, NULL);
        else if (o == 't')
            p.chats = strtol(optarg, NULL, 10);
        else if (o == 'h')
            snprintf(p.headers + used, sizeof p.headers - used, "%s\r\n", optarg);
        else
            exit(2);
    }
    p.paths = argv + optind;
    p.path_count = argc - optind;
    if (!p.port || p.path_count < 1 || p.connections < 1 || p.connections > MAX_CONNECTIONS) {
        fprintf(stderr, "httpload: --port and at least one path are needed; at most %d connections\n", MAX_CONNECTIONS);
        exit(2);
    }
    return p;
}

int main(int argc, char **argv)
{
    struct plan plan = read_plan(argc, argv);
    struct load l = { .plan = &plan, .random = 88172645463325252u ^ (uint64_t)time(NULL) };

    l.next_message = (long)time(NULL) % 100000000 * 100000;
    l.samples = malloc(MAX_SAMPLES * sizeof *l.samples);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!l.samples || l.epoll < 0)
        return 1;
    for (int i = 0; i < plan.connections; i++) {
        l.connections[i] = calloc(1, sizeof *l.connections[i]);
        if (!l.connections[i])
            return 1;
        l.connections[i]->is_idle = true;
        open_connection(&l, l.connections[i]);
    }
    l.start = now_s();
    run(&l);
    report(&l);
    return l.ok == l.answers ? 0 : 1;
}
