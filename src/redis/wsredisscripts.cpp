// SPDX-License-Identifier: MIT
#include "redis/wsredisscripts.h"

#include <QtCore/qcryptographichash.h>

namespace {
WsRedisScript script(int number, int keyCount, const QByteArray &text)
{
    return {number, text, QCryptographicHash::hash(text, QCryptographicHash::Sha1).toHex(), keyCount};
}
} // namespace

// A number that is no greater than the stored one belongs to a message that has arrived before.
const WsRedisScript &WsRedisScript::append()
{
    static const WsRedisScript append = script(0, 2, R"(
local stored, mark = tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[6])
if stored >= mark then return '' end
if stored < tonumber(ARGV[5]) then return redis.error_reply('GAP the message before this one was not taken') end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'data', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[6], 'EX', math.max(3600, tonumber(ARGV[4])))
redis.call('PUBLISH', ARGV[1], '\255WsH' .. id .. '\n' .. ARGV[2])
return id
)");
    return append;
}

// Redis before 6.2 has no way to say "after this id", so the last message is read again and left out. How many
// are read at once grows slowly, because each of them may be large, and Redis copies it.
const WsRedisScript &WsRedisScript::read()
{
    static const WsRedisScript read = script(1, 1, R"(
local key, start, most, largest = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
if not first then return '- - 1 0\n' end
local ends = first[1] .. ' ' .. last[1]
if start == '' then return ends .. ' 1 0\n' .. last[1] .. ' 0\n' end
local function dataOf(fields)
    for i = 1, #fields, 2 do
        if fields[i] == 'data' then return fields[i + 1] end
    end
    return fields[2]
end
local parts, size, skipped, count, seen, isLast = {}, 0, 0, 1, nil, false
local function take(entry)
    local data = dataOf(entry[2])
    if #data > largest then
        skipped = skipped + 1
    else
        size = size + #data + 32
        parts[#parts + 1] = entry[1] .. ' ' .. #data .. '\n' .. data
    end
    start = entry[1]
end
while size < most and not isLast do
    local wanted = seen and count + 1 or count
    local page = redis.call('XRANGE', key, start, '+', 'COUNT', wanted)
    isLast = #page < wanted
    for _, entry in ipairs(page) do
        if entry[1] ~= seen then
            if size >= most then
                isLast = false
                break
            end
            take(entry)
        end
    end
    seen, count = start, math.min(16, count * 2)
end
return ends .. (isLast and ' 1 ' or ' 0 ') .. skipped .. '\n' .. table.concat(parts)
)");
    return read;
}
