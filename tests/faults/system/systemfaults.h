// SPDX-License-Identifier: MIT
#ifndef SYSTEMFAULTS_H
#define SYSTEMFAULTS_H

// Lets system calls of this program fail, in the library and in Qt alike: systemfaults.cpp stands in for
// the functions of the C library. Linux only.
namespace SystemFaults {

enum Call {
    Accept,       // accept(), accept4()
    Connect,      // connect()
    Socket,       // socket()
    Send,         // send(), sendmsg(), and write() on a socket
    Receive,      // recv(), recvmsg(), and read() on a socket
    Poll,         // poll(), ppoll()
    EpollWait,    // epoll_wait()
    EpollControl, // epoll_ctl(), but not to remove a descriptor
    EventFd,      // eventfd()
    Thread,       // pthread_create()
    Deflate,      // memory that zlib wants, to compress
    Inflate,      // the same, to decompress
    CallCount
};

constexpr int OneByte = -1; // instead of an error: one byte is sent or received

// From the call \a number from now on, counted from 0 in all threads, \a times calls fail with \a error.
void arm(Call call, int number, int error, int times = 1);
// Nothing fails any more. Returns whether the call has failed.
bool disarm();
// How many calls there were since arm(), whether or not one of them failed.
int count(Call call);

} // namespace SystemFaults

#endif // SYSTEMFAULTS_H
