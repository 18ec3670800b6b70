// SPDX-License-Identifier: MIT
#ifndef JSONMESSAGES_H
#define JSONMESSAGES_H

#include <string>
#include <vector>

// What a program that talks JSON sends: lists of records of about `size` bytes, each list another one and all
// of them the same in every run.
std::vector<std::string> jsonMessages(size_t count, size_t size);

// More of 4 KiB than the window of deflate holds, so that none finds itself in it.
constexpr size_t JsonMessageCount = 64;

#endif // JSONMESSAGES_H
