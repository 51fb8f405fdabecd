/* For LD_PRELOAD: what the system says of the time of day, with the seconds added that stand in the file TORTURE_CLOCK.
   Monotonic clocks are left alone, as they are when a machine's clock is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long shift(void)
{
    static long last, checked;
    static int (*real)(clockid_t, struct timespec *);
    struct timespec now;
    const char *name = getenv("TORTURE_CLOCK");
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    real(CLOCK_MONOTONIC, &now);
    if (name && now.tv_sec != checked) {
        FILE *file = fopen(name, "r");
        checked = now.tv_sec;
        if (file) {
            if (fscanf(file, "%ld", &last) != 1)
                last = 0;
            fclose(file);
        }
    }
    return last;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, at);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += shift();
    return code;
}

int gettimeofday(struct timeval *at, void *zone)
{
    static int (*real)(struct timeval *, void *);
    if (!real)
        real = dlsym(RTLD_NEXT, "gettimeofday");
    int code = real(at, zone);
    at->tv_sec += shift();
    return code;
}

time_t time(time_t *at)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
