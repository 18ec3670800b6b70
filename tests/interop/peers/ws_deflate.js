// SPDX-License-Identifier: MIT
'use strict';

const names = {
    server_no_context_takeover: 'serverNoContextTakeover',
    client_no_context_takeover: 'clientNoContextTakeover',
    server_max_window_bits: 'serverMaxWindowBits',
    client_max_window_bits: 'clientMaxWindowBits',
};

// ws's options from parameters of permessage-deflate in a URL's query. It compresses every message then.
exports.deflateOf = query => {
    const options = { threshold: 0 };
    for (const [name, value] of new URLSearchParams(query))
        options[names[name]] = value === '' ? true : Number(value);
    return options;
};
