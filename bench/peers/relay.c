/* The floor: passes every message of a room on to its other connections and knows no CRDT.
 *
 * One thread, epoll, one send a peer for all messages of one read. Speaks only as much WebSocket
 * as the load generator needs: it does not compute Sec-WebSocket-Accept, takes no fragments and
 * answers no pings. Usage: relay PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (1 << 18)
#define BUCKETS 4096

struct bytes {
    char *data;
    size_t size, room;
};

struct room {
    char *path;
    struct conn **peers;
    size_t count, capacity;
    struct room *next;
};

struct conn {
    int fd;
    struct room *room; /* none before the upgrade */
    size_t slot;       /* where it is in room->peers */
    struct bytes in;   /* the beginning of a frame that has not arrived whole */
    struct bytes out;  /* what the kernel did not take */
};

static int epoll;
static struct room *rooms[BUCKETS];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void add(struct bytes *to, const char *data, size_t size) {
    if (to->size + size > to->room) {
        to->room = 2 * (to->size + size);
        if (!(to->data = realloc(to->data, to->room))) die("realloc");
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

/* Keep only what begins at `from`; an empty buffer is given back. */
static void drop(struct bytes *bytes, size_t from) {
    bytes->size -= from;
    if (bytes->size) {
        memmove(bytes->data, bytes->data + from, bytes->size);
    } else {
        free(bytes->data);
        *bytes = (struct bytes){0};
    }
}

static void watch(struct conn *conn, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = conn};
    if (epoll_ctl(epoll, operation, conn->fd, &event)) die("epoll_ctl");
}

static void send_to(struct conn *conn, const char *data, size_t size) {
    size_t sent = 0;
    if (!conn->out.size) {
        ssize_t taken = send(conn->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent = taken < 0 ? 0 : (size_t)taken;
        if (sent < size) watch(conn, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    if (sent < size) add(&conn->out, data + sent, size - sent);
}

static void send_rest(struct conn *conn) {
    ssize_t taken =
        send(conn->fd, conn->out.data, conn->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken > 0) drop(&conn->out, (size_t)taken);
    if (!conn->out.size) watch(conn, EPOLL_CTL_MOD, EPOLLIN);
}

static struct room *room_of(const char *path) {
    unsigned hash = 5381;
    for (const char *at = path; *at; at++) hash = hash * 33 + (unsigned char)*at;
    struct room **bucket = &rooms[hash % BUCKETS];
    for (struct room *room = *bucket; room; room = room->next)
        if (!strcmp(room->path, path)) return room;
    struct room *room = calloc(1, sizeof *room);
    if (!room || !(room->path = strdup(path))) die("room");
    room->next = *bucket;
    return *bucket = room;
}

static void join(struct conn *conn, struct room *room) {
    if (room->count == room->capacity) {
        room->capacity = room->capacity ? 2 * room->capacity : 2;
        room->peers = realloc(room->peers, room->capacity * sizeof *room->peers);
        if (!room->peers) die("realloc");
    }
    conn->room = room;
    conn->slot = room->count;
    room->peers[room->count++] = conn;
}

static void leave(struct conn *conn) {
    struct room *room = conn->room;
    if (room) {
        struct conn *last = room->peers[--room->count];
        room->peers[conn->slot] = last;
        last->slot = conn->slot;
    }
    close(conn->fd);
    free(conn->in.data);
    free(conn->out.data);
    free(conn);
}

/* Answer the upgrade once its request is whole: how many bytes of `data` it was. */
static size_t upgrade(struct conn *conn, char *data, size_t size) {
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    char *end = memmem(data, size, "\r\n\r\n", 4), *path = memchr(data, ' ', size);
    if (!end || !path) return 0;
    char *behind = memchr(path + 1, ' ', (size_t)(end - path - 1));
    if (!behind) return 0;
    *behind = 0;
    join(conn, room_of(path + 1));
    send_to(conn, answer, sizeof answer - 1);
    return (size_t)(end + 4 - data);
}

/* Append the client's frame at `data` to `to` without its mask: how many bytes it was, 0 when it
 * is not whole. */
static size_t frame(struct bytes *to, const unsigned char *data, size_t size) {
    if (size < 2) return 0;
    size_t length = data[1] & 0x7f, head = 2;
    if (length >= 126) {
        size_t width = length == 126 ? 2 : 8;
        if (size < head + width) return 0;
        for (length = 0; head < 2 + width; head++) length = length << 8 | data[head];
    }
    if (size < head + 4 + length) return 0;
    const unsigned char *mask = data + head, *payload = mask + 4;
    add(to, (const char *)data, head);
    to->data[to->size - head + 1] &= 0x7f;
    add(to, (const char *)payload, length);
    char *copy = to->data + to->size - length;
    for (size_t at = 0; at < length; at++) copy[at] ^= mask[at & 3];
    return head + 4 + length;
}

/* Pass on what is whole in `data`: how many bytes that was. */
static size_t pass_on(struct conn *conn, char *data, size_t size) {
    static struct bytes frames;
    size_t at = conn->room ? 0 : upgrade(conn, data, size), taken;
    frames.size = 0;
    if (!conn->room) return 0;
    while ((taken = frame(&frames, (unsigned char *)data + at, size - at))) at += taken;
    for (size_t slot = 0; frames.size && slot < conn->room->count; slot++)
        if (slot != conn->slot) send_to(conn->room->peers[slot], frames.data, frames.size);
    return at;
}

static void receive(struct conn *conn) {
    static char data[READ_BYTES];
    ssize_t size = recv(conn->fd, data, sizeof data, 0);
    if (size <= 0) {
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) leave(conn);
        return;
    }
    if (conn->in.size) {
        add(&conn->in, data, (size_t)size);
        drop(&conn->in, pass_on(conn, conn->in.data, conn->in.size));
    } else {
        size_t at = pass_on(conn, data, (size_t)size);
        if (at < (size_t)size) add(&conn->in, data + at, (size_t)size - at);
    }
}

static void welcome(int listener) {
    int on = 1;
    struct conn *conn = calloc(1, sizeof *conn);
    if (!conn) die("calloc");
    conn->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (conn->fd < 0) die("accept");
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(conn, EPOLL_CTL_ADD, EPOLLIN);
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096))
        die("listen");
    return listener;
}

int main(int argc, char **argv) {
    struct epoll_event events[256], first = {.events = EPOLLIN, .data.ptr = NULL};
    int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
    if ((epoll = epoll_create1(0)) < 0) die("epoll_create1");
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &first);
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int number = 0; number < count; number++) {
            struct conn *conn = events[number].data.ptr;
            if (!conn) {
                welcome(listener);
                continue;
            }
            if (events[number].events & EPOLLOUT) send_rest(conn);
            if (events[number].events & ~EPOLLOUT) receive(conn);
        }
    }
}
