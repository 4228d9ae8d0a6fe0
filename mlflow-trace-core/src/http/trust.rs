//! Whom we trust and who we are, for a transport that is not this module's own: that of gRPC.

use rustls::pki_types::TrustAnchor;
use rustls::{RootCertStore, pki_types::CertificateDer};

use super::tls;
use crate::Error;
use crate::config::Connection;

/// The TLS of a connection as it is on disk, checked.
pub(crate) struct Trust {
    /// The authorities; `None` for those that Mozilla trusts.
    pub(crate) anchors: Option<Vec<TrustAnchor<'static>>>,
    /// The client certificate and its key, as PEM.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Trust {
    /// The same authorities and the same certificate as for HTTP.
    ///
    /// # Errors
    /// When a file can't be read or holds nothing that can be used; the sentence names the setting.
    pub(crate) fn of(connection: &Connection) -> Result<Self, Error> {
        let mut store = RootCertStore::empty();
        match &connection.tls.authorities {
            Some(file) => {
                let found = tls::authorities(file)?;
                store.add_parsable_certificates(found.iter().map(|one| CertificateDer::from(one.der())));
            }
            None => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let identity = match (tls::identity(connection)?, &connection.tls.client_certificate) {
            (Some(_), Some(file)) => {
                let key_file = connection.tls.client_key.as_ref().unwrap_or(file);
                Some((tls::text(file)?, tls::text(key_file)?))
            }
            _ => None,
        };
        Ok(Self { anchors: (!store.is_empty()).then_some(store.roots), identity })
    }
}
