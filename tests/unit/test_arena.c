#include "unit.h"

#include "util/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    struct arena *a = arena_new(64);

    (void)state;
    for (size_t size = 1; size < 3000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(a, size);

        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, size);
    }
    arena_free(a);
}

static void reset_keeps_only_the_first_block(void **state)
{
    struct arena *a = arena_new(1024);
    size_t at_first = arena_bytes(a);

    (void)state;
    for (int i = 0; i < 100; i++)
        arena_alloc(a, 500);
    assert_true(arena_bytes(a) > 50000);
    arena_reset(a);
    assert_int_equal(arena_bytes(a), at_first);
    unsigned char *p = arena_alloc(a, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    arena_free(a);
}

static void rewind_gives_back_what_came_after_the_mark(void **state)
{
    struct arena *a = arena_new(256);
    char *kept = arena_copy(a, TEXT("kept"));
    struct arena_mark m = arena_mark(a);
    size_t bytes = arena_bytes(a);

    (void)state;
    char *first = arena_copy(a, TEXT("first"));
    arena_alloc(a, 10000);
    arena_rewind(a, m);
    assert_int_equal(arena_bytes(a), bytes);
    assert_ptr_equal(arena_copy(a, TEXT("again")), first);
    assert_string_equal(kept, "kept");
    arena_free(a);
}

struct trail {
    int order[8];
    int count;
};
struct step {
    struct trail *trail;
    int number;
};

static void note(void *object)
{
    struct step *s = object;

    s->trail->order[s->trail->count++] = s->number;
}

static void cleanups_run_last_first_and_only_past_the_mark(void **state)
{
    struct trail trail = { .count = 0 };
    struct step steps[3] = { { &trail, 1 }, { &trail, 2 }, { &trail, 3 } };
    struct arena *a = arena_new(64);

    (void)state;
    arena_cleanup(a, note, &steps[0]);
    struct arena_mark m = arena_mark(a);
    arena_cleanup(a, note, &steps[1]);
    arena_alloc(a, 5000);
    arena_cleanup(a, note, &steps[2]);
    arena_rewind(a, m);
    assert_int_equal(trail.count, 2);
    assert_int_equal(trail.order[0], 3);
    assert_int_equal(trail.order[1], 2);
    arena_free(a);
    assert_int_equal(trail.count, 3);
    assert_int_equal(trail.order[2], 1);
    arena_free(NULL);
}

static void try_refuses_what_is_too_large(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    assert_null(arena_try(a, 101, 100));
    assert_non_null(arena_try(a, 100, 100));
    assert_int_equal(arena_size_of_array(8, 5), 40);
    arena_free(a);
}

static void texts_are_copied_and_terminated(void **state)
{
    struct arena *a = arena_new(0);
    struct text t = arena_text(a, (struct text) { "abcdef", 3 });

    (void)state;
    assert_text(t, "abc");
    assert_int_equal(t.ptr[3], 0);
    assert_string_equal(arena_copy(a, (struct text) { NULL, 0 }), "");
    assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(reset_keeps_only_the_first_block),
        cmocka_unit_test(rewind_gives_back_what_came_after_the_mark),
        cmocka_unit_test(cleanups_run_last_first_and_only_past_the_mark),
        cmocka_unit_test(try_refuses_what_is_too_large),
        cmocka_unit_test(texts_are_copied_and_terminated),
    };
    return RUN(tests);
}
