// SPDX-License-Identifier: MIT
#include "net/socket/wsopensslchain.h"

#include "net/socket/wsopensslkey.h"

#include <QtCore/qlibrary.h>
#include <QtNetwork/qsslcertificate.h>

#include <memory>
#include <optional>
#include <vector>

// Qt can verify a chain against the authorities of the system, but not against one certificate alone.

namespace {
constexpr unsigned long PartialChain = 0x80000; // X509_V_FLAG_PARTIAL_CHAIN: the issuer need not be a root
constexpr unsigned long NoCheckTime = 0x200000; // X509_V_FLAG_NO_CHECK_TIME
constexpr qsizetype MaxBetween = 16;

// The functions of libcrypto that are needed, under their own names. Its objects are plain pointers here.
struct ChainCrypto
{
    void *(*d2i_X509)(void **, const unsigned char **bytes, long size) = nullptr;
    void (*X509_free)(void *certificate) = nullptr;
    void *(*X509_STORE_new)() = nullptr;
    void (*X509_STORE_free)(void *store) = nullptr;
    int (*X509_STORE_add_cert)(void *store, void *certificate) = nullptr;
    void *(*X509_STORE_CTX_new)() = nullptr;
    void (*X509_STORE_CTX_free)(void *context) = nullptr;
    int (*X509_STORE_CTX_init)(void *context, void *store, void *certificate, void *between) = nullptr;
    void (*X509_STORE_CTX_set_flags)(void *context, unsigned long flags) = nullptr;
    int (*X509_verify_cert)(void *context) = nullptr;
    void *(*OPENSSL_sk_new_null)() = nullptr;
    int (*OPENSSL_sk_push)(void *list, const void *element) = nullptr;
    void (*OPENSSL_sk_free)(void *list) = nullptr;
    int (*ERR_set_mark)() = nullptr;
    int (*ERR_pop_to_mark)() = nullptr;
};

std::optional<ChainCrypto> loadChainCrypto()
{
    if (!wsHasOpenSsl())
        return {};
    QLibrary library(QStringLiteral("crypto"), 3);
    ChainCrypto crypto;
    bool isComplete = true;
    const auto resolve = [&]<typename Function>(const char *name, Function *&function) {
        function = reinterpret_cast<Function *>(library.resolve(name));
        isComplete = isComplete && function;
    };
    resolve("d2i_X509", crypto.d2i_X509);
    resolve("X509_free", crypto.X509_free);
    resolve("X509_STORE_new", crypto.X509_STORE_new);
    resolve("X509_STORE_free", crypto.X509_STORE_free);
    resolve("X509_STORE_add_cert", crypto.X509_STORE_add_cert);
    resolve("X509_STORE_CTX_new", crypto.X509_STORE_CTX_new);
    resolve("X509_STORE_CTX_free", crypto.X509_STORE_CTX_free);
    resolve("X509_STORE_CTX_init", crypto.X509_STORE_CTX_init);
    resolve("X509_STORE_CTX_set_flags", crypto.X509_STORE_CTX_set_flags);
    resolve("X509_verify_cert", crypto.X509_verify_cert);
    resolve("OPENSSL_sk_new_null", crypto.OPENSSL_sk_new_null);
    resolve("OPENSSL_sk_push", crypto.OPENSSL_sk_push);
    resolve("OPENSSL_sk_free", crypto.OPENSSL_sk_free);
    resolve("ERR_set_mark", crypto.ERR_set_mark);
    resolve("ERR_pop_to_mark", crypto.ERR_pop_to_mark);
    return isComplete ? std::optional(crypto) : std::nullopt;
}

using Handle = std::unique_ptr<void, void (*)(void *)>;

// A copy, because Qt's own object belongs to the copy of OpenSSL that Qt has loaded.
Handle copyOf(const QSslCertificate &certificate, const ChainCrypto &crypto)
{
    const QByteArray der = certificate.toDer();
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.constData());
    return {crypto.d2i_X509(nullptr, &bytes, long(der.size())), crypto.X509_free};
}

bool verify(const ChainCrypto &crypto, void *issuer, void *certificate, const std::vector<Handle> &between)
{
    const Handle store(crypto.X509_STORE_new(), crypto.X509_STORE_free);
    const Handle list(crypto.OPENSSL_sk_new_null(), crypto.OPENSSL_sk_free);
    const Handle context(crypto.X509_STORE_CTX_new(), crypto.X509_STORE_CTX_free);
    if (!store || !list || !context || !issuer || !certificate)
        return false;
    for (const Handle &other : between) {
        if (other)
            crypto.OPENSSL_sk_push(list.get(), other.get());
    }
    if (crypto.X509_STORE_add_cert(store.get(), issuer) != 1
        || crypto.X509_STORE_CTX_init(context.get(), store.get(), certificate, list.get()) != 1)
        return false;
    crypto.X509_STORE_CTX_set_flags(context.get(), PartialChain | NoCheckTime);
    return crypto.X509_verify_cert(context.get()) == 1;
}
} // namespace

bool wsVouchesFor(const QSslCertificate &issuer, const QSslCertificate &certificate,
                  const QList<QSslCertificate> &between)
{
    static const std::optional<ChainCrypto> crypto = loadChainCrypto();
    if (!crypto || issuer.isNull() || certificate.isNull())
        return false;
    crypto->ERR_set_mark(); // Qt would report what is left in the queue of errors
    const Handle issuerCopy = copyOf(issuer, *crypto);
    const Handle copy = copyOf(certificate, *crypto);
    std::vector<Handle> others;
    for (const QSslCertificate &other : between.first(qMin(between.size(), MaxBetween)))
        others.push_back(copyOf(other, *crypto));
    const bool isVerified = verify(*crypto, issuerCopy.get(), copy.get(), others);
    crypto->ERR_pop_to_mark();
    return isVerified;
}
