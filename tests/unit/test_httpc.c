#include "unit.h"

#include "net/httpc.h"
#include "util/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server on loopback that answers each connection's first request with `answer` and closes, `count` times. */
struct server {
    int fd, port;
    _Atomic int served;
    const char *answer;                /* NULL: reads the request, then closes without a word */
    int count;
    bool keeps_silent;                 /* accepts and waits for the client to give up */
    pthread_t thread;
    char request[4096];
};

static void *serve(void *arg)
{
    struct server *s = arg;

    for (int i = 0; i < s->count; i++) {
        int client = accept(s->fd, NULL, NULL);
        ssize_t n;

        if (client < 0)
            break;
        n = read(client, s->request, sizeof(s->request) - 1);
        s->request[n > 0 ? n : 0] = '\0';
        s->served++;
        if (s->keeps_silent)
            while (read(client, s->request, 1) > 0)
                ;
        else if (s->answer && write(client, s->answer, strlen(s->answer)) < 0)
            s->served = -1000;
        close(client);
    }
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);

    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(s->fd, 8), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

struct rig {
    struct server server;
    struct httpc *client;
    char base[64], url[96];
    const char *bases[1];
};

static void rig_start(struct rig *r)
{
    struct fail why = { .code = FAIL_NONE };
    struct httpc_options options = { .bases = r->bases, .base_count = 1 };

    server_start(&r->server);
    snprintf(r->base, sizeof(r->base), "http://127.0.0.1:%d", r->server.port);
    snprintf(r->url, sizeof(r->url), "%s/bot12:geheim/x", r->base);
    r->bases[0] = r->base;
    r->client = httpc_new(&options, &why);
    assert_non_null(r->client);
}

static void rig_stop(struct rig *r)
{
    httpc_free(r->client);
    server_stop(&r->server);
}

static struct httpc_call call_to(const char *url)
{
    return (struct httpc_call){ .method = "POST", .url = url, .body = { "{\"a\":1}", 7 }, .timeout_ms = 2000,
                                .max_reply = 1000, .to_fd = -1 };
}

static void a_base_url_is_called_over_plain_http_on_loopback(void **state)
{
    struct rig r = { .server = { .count = 1, .answer = "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nhi" } };
    struct httpc_header type = { { "Content-Type", 12 }, { "application/json", 16 } };
    struct httpc_call call;
    struct fail why = { .code = FAIL_NONE };
    struct httpc_reply *reply;
    bool has_pause = false;

    (void)state;
    rig_start(&r);
    call = call_to(r.url);
    call.headers = &type;
    call.header_count = 1;
    reply = httpc_call_wait(r.client, &call, &why);
    assert_non_null(reply);
    assert_int_equal(reply->status, 429);
    assert_text(reply->body, "hi");
    for (size_t i = 0; i < reply->header_count; i++)
        has_pause = has_pause || (text_equal(reply->headers[i].name, TEXT("Retry-After")) &&
                                  text_equal(reply->headers[i].value, TEXT("7")));
    assert_true(has_pause);
    assert_non_null(strstr(r.server.request, "POST /bot12:geheim/x HTTP/1.1\r\n"));
    assert_non_null(strstr(r.server.request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(r.server.request, "\r\n\r\n{\"a\":1}"));
    httpc_reply_free(reply);
    rig_stop(&r);
}

static void other_addresses_are_refused_before_anything_leaves(void **state)
{
    static const char *const refused[] = {
        "http://127.0.0.1:1/", "http://example.com/", "file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1/",
        "not an address", "",
    };
    struct rig r = { .server = { .count = 1 } };

    (void)state;
    rig_start(&r);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct httpc_call call = call_to(refused[i]);
        struct fail why = { .code = FAIL_NONE };

        assert_null(httpc_call_wait(r.client, &call, &why));
        assert_int_equal(why.code, FAIL_NOT_POSSIBLE);
    }
    rig_stop(&r);
}

/* https passes the first look; the address itself must not. */
static void names_and_numbers_of_this_machine_are_refused_when_connecting(void **state)
{
    static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", "0x7f000001", "[::ffff:127.0.0.1]", "2130706433",
                                         "169.254.169.254", "10.0.0.1", "0.0.0.0" };
    struct rig r = { .server = { .count = 1 } };

    (void)state;
    rig_start(&r);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        char url[96];
        struct httpc_call call = call_to(url);
        struct fail why = { .code = FAIL_NONE };
        struct httpc_reply *reply;

        snprintf(url, sizeof(url), "https://%s:%d/", hosts[i], r.server.port);
        reply = httpc_call_wait(r.client, &call, &why);
        assert_non_null(reply);
        assert_int_equal(reply->status, 0);
        assert_false(reply->sent);
        assert_string_equal(reply->error, "address not allowed");
        httpc_reply_free(reply);
    }
    assert_int_equal(r.server.served, 0);
    rig_stop(&r);
}

static bool is_private(const char *ip)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
        return httpc_address_is_private(&v4, sizeof(v4));
    assert_int_equal(inet_pton(AF_INET6, ip, &v6.sin6_addr), 1);
    return httpc_address_is_private(&v6, sizeof(v6));
}

static void the_guard_knows_what_is_not_the_internet(void **state)
{
    static const char *const inside[] = {
        "127.0.0.1", "127.255.255.255", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "2001::1", "::7f00:1",
    };
    static const char *const outside[] = { "149.154.167.220", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:67c:4e8:f004::9",
                                           "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(inside); i++)
        if (!is_private(inside[i]))
            fail_msg("%s passes", inside[i]);
    for (size_t i = 0; i < COUNT_OF(outside); i++)
        if (is_private(outside[i]))
            fail_msg("%s is refused", outside[i]);
}

static void redirects_are_answers_and_are_not_followed(void **state)
{
    struct rig r = { .server = { .count = 1, .answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                                      "Content-Length: 0\r\n\r\n" } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;
    struct httpc_reply *reply;

    (void)state;
    rig_start(&r);
    call = call_to(r.url);
    reply = httpc_call_wait(r.client, &call, &why);
    assert_int_equal(reply->status, 302);
    httpc_reply_free(reply);
    rig_stop(&r);
}

static void an_answer_over_the_cap_is_cut(void **state)
{
    struct rig r = { .server = { .count = 1, .answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789012345" } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;
    struct httpc_reply *reply;

    (void)state;
    rig_start(&r);
    call = call_to(r.url);
    call.max_reply = 10;
    reply = httpc_call_wait(r.client, &call, &why);
    assert_int_equal(reply->status, 0);
    assert_true(reply->too_large);
    httpc_reply_free(reply);
    rig_stop(&r);
}

static void a_silent_server_ends_in_a_time_out_that_says_the_request_had_left(void **state)
{
    struct rig r = { .server = { .count = 1, .keeps_silent = true } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;
    struct httpc_reply *reply;

    (void)state;
    rig_start(&r);
    call = call_to(r.url);
    call.timeout_ms = 150;
    reply = httpc_call_wait(r.client, &call, &why);
    assert_int_equal(reply->status, 0);
    assert_true(reply->sent);
    assert_null(strstr(reply->error, "geheim"));
    httpc_reply_free(reply);
    rig_stop(&r);
}

static void nobody_there_means_that_nothing_left(void **state)
{
    struct rig r = { .server = { .count = 0 } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;
    struct httpc_reply *reply;

    (void)state;
    rig_start(&r);
    server_stop(&r.server);
    call = call_to(r.url);
    reply = httpc_call_wait(r.client, &call, &why);
    assert_int_equal(reply->status, 0);
    assert_false(reply->sent);
    httpc_reply_free(reply);
    httpc_free(r.client);
}

/* A dead connection that had been kept would make curl send the request again by itself. */
static void what_must_not_be_repeated_is_sent_once_though_the_line_is_cut(void **state)
{
    struct rig r = { .server = { .count = 3, .answer = NULL } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;

    (void)state;
    rig_start(&r);
    for (int i = 1; i <= 3; i++) {
        call = call_to(r.url);
        struct httpc_reply *reply = httpc_call_wait(r.client, &call, &why);

        assert_int_equal(reply->status, 0);
        assert_true(reply->sent);
        assert_int_equal(r.server.served, i);
        httpc_reply_free(reply);
    }
    rig_stop(&r);
}

static void each_method_goes_out_as_it_is_with_its_body(void **state)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "DELETE" };
    struct rig r = { .server = { .count = COUNT_OF(methods), .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" } };
    struct fail why = { .code = FAIL_NONE };

    (void)state;
    rig_start(&r);
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        bool has_body = i >= 1 && i <= 4;
        struct httpc_call call = call_to(r.url);
        struct httpc_reply *reply;

        call.method = methods[i];
        if (!has_body)
            call.body = TEXT("");
        reply = httpc_call_wait(r.client, &call, &why);
        assert_non_null(reply);
        assert_int_equal(reply->status, 200);
        assert_true(text_starts(text_of(r.server.request), text_of(methods[i])));
        assert_int_equal(strstr(r.server.request, "\r\n\r\n{\"a\":1}") != NULL, has_body);
        assert_null(strstr(r.server.request, "urlencoded"));
        httpc_reply_free(reply);
    }
    rig_stop(&r);
}

static void count_reply(struct httpc_reply *reply, void *arg)
{
    assert_int_equal(reply->status, 0);
    httpc_reply_free(reply);
    (*(int *)arg)++;
}

static void ending_the_client_ends_what_is_under_way_once_each(void **state)
{
    struct rig r = { .server = { .count = 1, .keeps_silent = true } };
    struct fail why = { .code = FAIL_NONE };
    struct httpc_call call;
    int ended = 0;

    (void)state;
    rig_start(&r);
    call = call_to(r.url);
    for (int i = 0; i < 5; i++)
        assert_int_equal(httpc_start(r.client, &call, count_reply, &ended, &why), 0);
    httpc_free(r.client);
    assert_int_equal(ended, 5);
    server_stop(&r.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_url_is_called_over_plain_http_on_loopback),
        cmocka_unit_test(other_addresses_are_refused_before_anything_leaves),
        cmocka_unit_test(names_and_numbers_of_this_machine_are_refused_when_connecting),
        cmocka_unit_test(the_guard_knows_what_is_not_the_internet),
        cmocka_unit_test(redirects_are_answers_and_are_not_followed),
        cmocka_unit_test(an_answer_over_the_cap_is_cut),
        cmocka_unit_test(a_silent_server_ends_in_a_time_out_that_says_the_request_had_left),
        cmocka_unit_test(nobody_there_means_that_nothing_left),
        cmocka_unit_test(what_must_not_be_repeated_is_sent_once_though_the_line_is_cut),
        cmocka_unit_test(each_method_goes_out_as_it_is_with_its_body),
        cmocka_unit_test(ending_the_client_ends_what_is_under_way_once_each),
    };

    return RUN(tests);
}
