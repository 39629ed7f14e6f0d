//! Sellerdesk.
