//! TLS of a connection: whom we trust, and the certificate that we show.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::Error;
use crate::config::{Connection, PemFile};

/// The TLS of this connection.
///
/// # Errors
/// When a file can't be read or holds no certificate or key that can be used; the sentence names the setting.
pub(super) fn of(connection: &Connection) -> Result<TlsConfig, Error> {
    let tls = &connection.tls;
    // Ours alone: another rustls user of the program may have made another provider the process's default.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut builder = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .disable_verification(tls.is_insecure);
    if let Some(file) = &tls.authorities {
        builder = builder.root_certs(RootCerts::new_with_certs(&authorities(file)?));
    } else if connection.base.starts_with("https:") && !tls.is_insecure {
        builder = builder.root_certs(usual_authorities());
    }
    if let Some((chain, key)) = identity(connection)? {
        builder = builder.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(builder.build())
}

/// A certificate with those that lead to its authority, and its key.
type Identity = (Vec<Certificate<'static>>, PrivateKey<'static>);

/// The client certificate and its key, if the connection has them.
pub(super) fn identity(connection: &Connection) -> Result<Option<Identity>, Error> {
    let tls = &connection.tls;
    match (&tls.client_certificate, &tls.client_key) {
        (Some(file), key_file) => {
            let (chain, key) = certificate_and_key(file, key_file.as_ref())?;
            check_pair(&chain, &key, file, &rustls::crypto::ring::default_provider())?;
            Ok(Some((chain, key)))
        }
        (None, Some(file)) => {
            let setting = &file.setting;
            Err(Error::invalid(format!(
                "{setting} names the key of a client certificate, and none is named; name the certificate too, or \
                 leave {setting} out."
            )))
        }
        (None, None) => Ok(None),
    }
}

/// Those of the machine; in a container without any, those that Mozilla trusts.
fn usual_authorities() -> RootCerts {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return RootCerts::WebPki;
    }
    let certificates: Vec<_> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    RootCerts::new_with_certs(&certificates)
}

pub(super) fn authorities(file: &PemFile) -> Result<Vec<Certificate<'static>>, Error> {
    let certificates: Vec<_> = items(file)?
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    let mut store = rustls::RootCertStore::empty();
    let (usable, _) =
        store.add_parsable_certificates(certificates.iter().map(|one| CertificateDer::from(one.der())));
    if usable == 0 {
        return Err(unusable(file, "holds no certificate", "one or more certificates of authorities"));
    }
    Ok(certificates)
}

fn certificate_and_key(file: &PemFile, key_file: Option<&PemFile>) -> Result<Identity, Error> {
    let mut chain = Vec::new();
    let mut key = None;
    for item in items(file)? {
        match item {
            PemItem::Certificate(certificate) => chain.push(certificate),
            PemItem::PrivateKey(found) => key = key.or(Some(found)),
            _ => {}
        }
    }
    if let Some(key_file) = key_file {
        key = items(key_file)?.into_iter().find_map(|item| match item {
            PemItem::PrivateKey(found) => Some(found),
            _ => None,
        });
    }
    if chain.is_empty() {
        return Err(unusable(file, "holds no certificate", "a client certificate and its key"));
    }
    let key = key.ok_or_else(|| {
        unusable(
            key_file.unwrap_or(file),
            "holds no private key that can be read",
            "a key without a passphrase",
        )
    })?;
    Ok((chain, key))
}

/// Refuses a key that is not the certificate's: the transport takes that for granted.
fn check_pair(
    chain: &[Certificate<'static>],
    key: &PrivateKey<'static>,
    file: &PemFile,
    provider: &rustls::crypto::CryptoProvider,
) -> Result<(), Error> {
    let chain = chain.iter().map(|one| CertificateDer::from(one.der()).into_owned()).collect();
    let key = PrivateKeyDer::try_from(key.der().to_vec()).map_err(|_| ());
    key.and_then(|key| CertifiedKey::from_der(chain, key, provider).map(drop).map_err(|_| ())).map_err(|()| {
        unusable(
            file,
            "holds a certificate and a key that do not belong together",
            "a certificate and its own key",
        )
    })
}

fn items(file: &PemFile) -> Result<Vec<PemItem<'static>>, Error> {
    parse_pem(&text(file)?).collect::<Result<_, _>>().map_err(|_| {
        unusable(file, "is no PEM file", "text between `-----BEGIN …-----` and `-----END …-----`")
    })
}

/// What is in the file.
pub(super) fn text(file: &PemFile) -> Result<Vec<u8>, Error> {
    read(&file.path).map_err(|error| {
        unusable(file, &format!("can't be read ({error})"), "certificates or keys, readable by this user")
    })
}

/// A file, or all files of a directory, as OpenSSL keeps authorities.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !path.is_dir() {
        return fs::read(path);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_file() {
            all.extend(fs::read(path)?);
            all.push(b'\n');
        }
    }
    Ok(all)
}

fn unusable(file: &PemFile, what: &str, accepted: &str) -> Error {
    Error::invalid(format!(
        "the file {} of {} {what}; accepted is a PEM file with {accepted}.",
        file.path.display(),
        file.setting
    ))
}
