/* bare_relay N FIRST SECONDS OWN: N sockets on 127.0.0.1:OWN+2i, each connected to FIRST+2i; what one receives
   its neighbour (i^1) sends on. Nothing else: the kernel's own price of a relay. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int n = atoi(argv[1]), first = atoi(argv[2]), own = atoi(argv[4]), poll = epoll_create1(0);
  time_t end = time(NULL) + atoi(argv[3]);
  int *fds = malloc(n * sizeof(int));
  char packet[2048];
  for (int i = 0; i < n; i++) {
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, far = me;
    me.sin_port = htons(own + 2 * i);
    far.sin_port = htons(first + 2 * i);
    fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(fds[i], (struct sockaddr *)&me, sizeof me) || connect(fds[i], (struct sockaddr *)&far, sizeof far))
      return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
  }
  while (time(NULL) < end) {
    struct epoll_event ready[256];
    int count = epoll_wait(poll, ready, 256, 5);
    for (int at = 0; at < count; at++) {
      int i = ready[at].data.u32;
      ssize_t size = recv(fds[i], packet, sizeof packet, 0);
      if (size > 0) send(fds[i ^ 1], packet, size, 0);
    }
  }
  return 0;
}
