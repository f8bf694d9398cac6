/* Deliberately wrong in the way named by its argument: a sanitizer build that lets any of these pass finds nothing. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int counter;

static void *count(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100000; i++)
        counter++;
    return NULL;
}

static int race(void)
{
    pthread_t a, b;

    if (pthread_create(&a, NULL, count, NULL) || pthread_create(&b, NULL, count, NULL))
        return 2;
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return counter > 0 ? 0 : 1;
}

static int use_after_free(void)
{
    volatile char *p = malloc(8);

    if (!p)
        return 2;
    p[0] = 'x';
    free((void *)(size_t)p);
    return p[0] == 'y';
}

static int overflow(void)
{
    volatile int n = INT_MAX;

    n = n + 1;
    return n == 0;
}

static int leak(void)
{
    volatile char *p = malloc(100);

    if (p)
        p[0] = 'x';
    p = NULL;
    return 0;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "race") == 0)
        return race();
    if (strcmp(how, "free") == 0)
        return use_after_free();
    if (strcmp(how, "overflow") == 0)
        return overflow();
    if (strcmp(how, "leak") == 0)
        return leak();
    fputs("usage: broken race|free|overflow|leak\n", stderr);
    return 2;
}
