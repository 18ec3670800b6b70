// SPDX-License-Identifier: MIT
#ifndef DEFLATEOPTION_H
#define DEFLATEOPTION_H

#include <WsKit/wsoptions.h>

// What --deflate means: compression with its defaults.
inline WsOptions withDeflate(WsOptions options, bool deflates)
{
    WsCompression compression;
    compression.setEnabled(deflates);
    options.setCompression(compression);
    return options;
}

#endif // DEFLATEOPTION_H
