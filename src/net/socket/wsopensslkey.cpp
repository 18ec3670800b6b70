// SPDX-License-Identifier: MIT
#include "net/socket/wsopensslkey.h"

#include <QtCore/qlibrary.h>
#include <QtNetwork/qsslcertificate.h>
#include <QtNetwork/qsslsocket.h>

#include <optional>

namespace {
// The functions of libcrypto that are needed, under their own names. The library neither links OpenSSL nor
// uses its headers, so BIO, EVP_PKEY, X509 and OSSL_PROVIDER are plain pointers here.
struct KeyCrypto
{
    unsigned long (*OpenSSL_version_num)() = nullptr;
    void *(*BIO_new_mem_buf)(const void *data, int size) = nullptr;
    int (*BIO_free)(void *bio) = nullptr;
    void *(*PEM_read_bio_PrivateKey)(void *bio, void **key, void *callback, void *passPhrase) = nullptr;
    void (*EVP_PKEY_free)(void *key) = nullptr;
    int (*EVP_PKEY_eq)(const void *key, const void *other) = nullptr;
    const void *(*EVP_PKEY_get0_provider)(const void *key) = nullptr;
    void *(*X509_get0_pubkey)(const void *certificate) = nullptr;
};

template <typename Function>
bool resolve(QLibrary &library, const char *name, Function *&function)
{
    function = reinterpret_cast<Function *>(library.resolve(name));
    return function != nullptr;
}

std::optional<KeyCrypto> loadKeyCrypto()
{
    if (QSslSocket::activeBackend() != QLatin1String("openssl")
        || QSslSocket::sslLibraryVersionNumber() >> 28 != 3)
        return {};
    QLibrary library(QStringLiteral("crypto"), 3);
    KeyCrypto crypto;
    const bool isComplete = resolve(library, "OpenSSL_version_num", crypto.OpenSSL_version_num)
                            && resolve(library, "BIO_new_mem_buf", crypto.BIO_new_mem_buf)
                            && resolve(library, "BIO_free", crypto.BIO_free)
                            && resolve(library, "PEM_read_bio_PrivateKey", crypto.PEM_read_bio_PrivateKey)
                            && resolve(library, "EVP_PKEY_free", crypto.EVP_PKEY_free)
                            && resolve(library, "EVP_PKEY_eq", crypto.EVP_PKEY_eq)
                            && resolve(library, "EVP_PKEY_get0_provider", crypto.EVP_PKEY_get0_provider)
                            && resolve(library, "X509_get0_pubkey", crypto.X509_get0_pubkey);
    // The layout of Qt's certificates is only known to the same version.
    if (!isComplete || long(crypto.OpenSSL_version_num()) != QSslSocket::sslLibraryVersionNumber())
        return {};
    return crypto;
}

// Qt must only get keys from the very library that it uses, not from another copy of it. Each copy has its
// own providers, and the keys name theirs; Qt has read the public one.
bool isQtsOwn(const KeyCrypto &crypto, const void *privateKey, const void *publicKey)
{
    const void *provider = publicKey ? crypto.EVP_PKEY_get0_provider(publicKey) : nullptr;
    return provider && provider == crypto.EVP_PKEY_get0_provider(privateKey);
}

const std::optional<KeyCrypto> &loadedKeyCrypto()
{
    static const std::optional<KeyCrypto> crypto = loadKeyCrypto();
    return crypto;
}

void *readKey(const KeyCrypto &crypto, const QByteArray &pem, const QByteArray &passPhrase)
{
    void *bio = crypto.BIO_new_mem_buf(pem.constData(), int(pem.size()));
    if (!bio)
        return nullptr;
    // Without a callback the last argument is the pass phrase, which OpenSSL only reads. Even an empty one
    // keeps it from asking a user.
    char *const phrase = const_cast<char *>(passPhrase.constData());
    void *key = crypto.PEM_read_bio_PrivateKey(bio, nullptr, nullptr, phrase);
    crypto.BIO_free(bio);
    return key;
}
} // namespace

bool wsHasOpenSsl()
{
    return loadedKeyCrypto().has_value();
}

WsPrivateKey wsReadByOpenSsl(const QByteArray &pem, const QByteArray &passPhrase,
                             const QSslCertificate &certificate)
{
    const std::optional<KeyCrypto> &crypto = loadedKeyCrypto();
    if (!crypto || !certificate.handle())
        return {};
    void *privateKey = readKey(*crypto, pem, passPhrase);
    if (!privateKey)
        return {};
    WsPrivateKey result;
    const void *publicKey = crypto->X509_get0_pubkey(certificate.handle());
    if (isQtsOwn(*crypto, privateKey, publicKey))
        result.match =
            crypto->EVP_PKEY_eq(publicKey, privateKey) == 1 ? WsPrivateKey::Belongs : WsPrivateKey::OfAnother;
    if (result.match == WsPrivateKey::Belongs)
        result.key = QSslKey(Qt::HANDLE(privateKey), QSsl::PrivateKey); // which frees it
    else
        crypto->EVP_PKEY_free(privateKey);
    return result;
}
