//! Orders: asked about by hand, delivered Licenses handed over, and reading them.

use std::{
    collections::HashSet,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{Desk, DeskError};
use crate::{
    domain::{
        Action, Message, MessageId, NewAction, Order, OrderStatus, Origin, World, listing::OrderQuery,
        order_status::ListedOrder,
    },
    protocol::{
        Secret,
        id::{EventId, OrderId},
        open_api::upload::{MAX_CHARACTERS, MAX_FILE},
    },
    store::{Asked, Cancel, Kept, KeptAction, StoreError},
};

/// Longest `orderId` and `event_id`, in characters.
const MAX_ID: usize = 64;

/// A License that is handed over by hand.
#[derive(Clone, Debug)]
pub enum LicenseContent {
    Text(Secret),
    /// Of at most 11 MiB.
    File(PathBuf),
}

impl Desk {
    /// Keeps the question about each order, to be carried out.
    pub async fn keep_order_queries(
        &self,
        world: World,
        order_ids: Vec<OrderId>,
    ) -> Result<Vec<MessageId>, StoreError> {
        let ask = |order_id| NewAction {
            world,
            action: Action::QueryOrder { order_id, order_line_id: None },
            origin: Origin::Operator,
        };
        let kept = self.keep_actions(order_ids.into_iter().map(ask).collect()).await?;
        Ok(kept.into_iter().map(|kept| kept.message_id).collect())
    }

    /// The same for every order that the query finds.
    pub async fn keep_queries_of_orders_shown(&self, query: OrderQuery) -> Result<Vec<MessageId>, StoreError> {
        let world = query.world;
        let rows = self.order_ids(query, Cancel::default()).await?;
        self.keep_queries_of_order_lines(world, rows).await
    }

    /// The same for the orders of those lines, fetched by a view or not.
    pub async fn keep_queries_of_order_lines(
        &self,
        world: World,
        rows: Vec<i64>,
    ) -> Result<Vec<MessageId>, StoreError> {
        let lines = self.orders(rows).await?;
        // Several lines of one order are asked about at once.
        let mut asked = HashSet::new();
        let order_ids = lines.into_iter().map(|(_, line)| line.order.order_id).filter(|id| asked.insert(id.clone()));
        self.keep_order_queries(world, order_ids.collect()).await
    }

    /// Keeps the upload of a License that an application asked for (字符串/文件流上传), to be carried out. A second one for
    /// the same application is refused: KooGallery takes one, and the one that is on its way may be it.
    pub async fn keep_upload(
        &self,
        world: World,
        event_id: EventId,
        content: LicenseContent,
    ) -> Result<MessageId, DeskError> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        if !is_id(event_id.as_str()) {
            return Err(DeskError::NoEventId { text: event_id.to_string() });
        }
        let (file_name, content) = match content {
            LicenseContent::Text(text) => {
                let length = text.expose().chars().count();
                if length == 0 || length > MAX_CHARACTERS {
                    return Err(DeskError::LicenseLength { length, max: MAX_CHARACTERS });
                }
                (None, text)
            }
            LicenseContent::File(path) => {
                let (name, bytes) = super::settings::blocking(move || read_file(&path)).await?;
                (Some(name), Secret::new(STANDARD.encode(bytes)))
            }
        };
        let application = self.inner.store.application_of(world, event_id.clone()).await?.map(|id| id.0);
        let action = Action::UploadLicense { event_id, file_name, application };
        let new = NewAction { world, action, origin: Origin::Operator };
        let KeptAction { message_id, kept } =
            self.keep_with(vec![(new, Some(content))]).await?.pop().ok_or(StoreError::Closed)?;
        match kept {
            Kept::Due => Ok(message_id),
            Kept::DoneBefore => {
                let before = self.inner.store.message(message_id).await?.ok_or(StoreError::Closed)?;
                Err(DeskError::HandedOverBefore { message_id, at: before.last_attempt_at })
            }
            Kept::UnderWay => Err(DeskError::HandingOver { message_id }),
        }
    }

    pub async fn order_ids(&self, query: OrderQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        self.inner.store.order_ids(query, self.now(), asked).await
    }

    pub async fn orders(&self, ids: Vec<i64>) -> Result<Vec<(i64, Order)>, StoreError> {
        self.inner.store.orders(ids).await
    }

    /// With what their statuses are worked out to.
    pub async fn listed_orders(&self, ids: Vec<i64>) -> Result<Vec<(i64, ListedOrder)>, StoreError> {
        let (rows, orders): (Vec<i64>, Vec<Order>) = self.orders(ids).await?.into_iter().unzip();
        Ok(rows.into_iter().zip(self.with_status(orders).await?).collect())
    }

    /// 订单状态 of lines, which are of one world.
    pub async fn with_status(&self, orders: Vec<Order>) -> Result<Vec<ListedOrder>, StoreError> {
        let Some(world) = orders.first().map(|order| order.world) else { return Ok(Vec::new()) };
        let (books, now) = (self.inner.store.status_books(world).await?, self.now());
        let listed = |order| ListedOrder { status: books.status(&order, now), order };
        Ok(orders.into_iter().map(listed).collect())
    }

    /// Statuses that tables told of beside the known ones.
    pub async fn other_order_statuses(&self, world: World) -> Result<Vec<OrderStatus>, StoreError> {
        self.inner.store.other_order_statuses(world).await
    }

    /// An order's lines and everything that happened to it; empty where it is not known.
    pub async fn order(&self, world: World, order_id: OrderId) -> Result<(Vec<Order>, Vec<Message>), StoreError> {
        let lines = self.inner.store.orders_of(world, order_id.clone()).await?;
        let messages = self.inner.store.messages_of_order(world, order_id).await?;
        Ok((lines, messages))
    }
}

/// Whether KooGallery could have made it.
pub fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.chars().count())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.contains(char::is_alphanumeric)
}

/// The file's name and bytes; a byte more than is allowed is enough to know.
fn read_file(path: &Path) -> Result<(String, Vec<u8>), DeskError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let unreadable = |reason| DeskError::LicenseFile { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    let bound = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.is_empty() || bytes.len() > MAX_FILE {
        return Err(DeskError::FileLength { name, max: MAX_FILE });
    }
    Ok((name, bytes))
}
