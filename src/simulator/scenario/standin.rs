//! A seller who is down, or does one thing wrongly: other addresses than the real one, which learns nothing of it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    net::Ipv4Addr,
};

use tokio::net::TcpSocket;

use super::script::SellerState;
use crate::{
    protocol::{KeyClass, Secret},
    simulator::wrong_seller::{Wrong, WrongSeller},
};

pub(super) struct StandIn {
    real: String,
    keys: BTreeMap<KeyClass, Secret>,
    /// Bound, so that nobody else takes the address, and deaf.
    _deaf: TcpSocket,
    down: String,
    /// Those who stood in once stay, and know what they sold.
    wrong: BTreeMap<Wrong, WrongSeller>,
}

impl StandIn {
    pub(super) fn open(real: &str, keys: BTreeMap<KeyClass, Secret>) -> io::Result<Self> {
        let deaf = TcpSocket::new_v4()?;
        deaf.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let down = format!("http://{}", deaf.local_addr()?);
        Ok(Self { real: real.to_owned(), keys, _deaf: deaf, down, wrong: BTreeMap::new() })
    }

    pub(super) fn address(&mut self, state: SellerState) -> io::Result<String> {
        Ok(match state {
            SellerState::Up => self.real.clone(),
            SellerState::Down => self.down.clone(),
            SellerState::Wrong(wrong) => match self.wrong.entry(wrong) {
                Entry::Occupied(open) => open.get().url.clone(),
                Entry::Vacant(place) => place.insert(WrongSeller::open(wrong, self.keys.clone())?).url.clone(),
            },
        })
    }
}
