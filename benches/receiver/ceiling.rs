//! The least that a durable receiver has to do: a server, the signature check, four inserts in a group commit with
//! `synchronous=FULL`. What the real one does beyond that is its price.

use std::path::Path;

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::header,
    routing::post,
};
use rusqlite::{Connection, params};
use sellerdesk::protocol::{
    Secret,
    callback::{Activity, v2},
    id::{BusinessId, InstanceId, OrderLine},
};
use tokio::sync::{mpsc, oneshot};

/// What is inserted, and who waits for the commit.
struct Unit {
    order: OrderLine,
    business_id: BusinessId,
    query: String,
    body: String,
    committed: oneshot::Sender<()>,
}

const MOST_AT_ONCE: usize = 256;

pub fn router(file: &Path) -> Router {
    let (units, queue) = mpsc::channel(1024);
    let connection = Connection::open(file).unwrap();
    std::thread::spawn(move || write(connection, queue));
    Router::new().route("/produce", post(answer)).with_state(units)
}

async fn answer(
    State(units): State<mpsc::Sender<Unit>>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let query = query.unwrap_or_default();
    super::verified(&Secret::new(super::KEY), &query, &body);
    let (committed, done) = oneshot::channel();
    let Activity::NewInstance { order, business_id, .. } = v2::parse(&body).unwrap().activity else { panic!() };
    let body = String::from_utf8(body.to_vec()).unwrap();
    drop(units.send(Unit { order, business_id: business_id.clone(), query, body, committed }).await);
    done.await.unwrap();
    let answer = super::v2_answer(InstanceId::new(business_id.as_str()));
    ([(header::CONTENT_TYPE, "application/json")], answer)
}

fn write(mut connection: Connection, mut queue: mpsc::Receiver<Unit>) {
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE message (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
             CREATE TABLE attempt (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
             CREATE TABLE raw (attempt INTEGER PRIMARY KEY, query TEXT NOT NULL, body TEXT NOT NULL) STRICT;
             CREATE TABLE instance (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
        )
        .unwrap();
    let mut batch = Vec::with_capacity(MOST_AT_ONCE);
    while queue.blocking_recv_many(&mut batch, MOST_AT_ONCE) > 0 {
        let transaction = connection.transaction().unwrap();
        for unit in &batch {
            insert(&transaction, unit).unwrap();
        }
        transaction.commit().unwrap();
        for unit in batch.drain(..) {
            unit.committed.send(()).ok();
        }
    }
}

fn insert(connection: &Connection, unit: &Unit) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO message (key) VALUES (?)")?.execute([unit.order.order_id.as_str()])?;
    let message = connection.last_insert_rowid();
    connection.prepare_cached("INSERT INTO attempt (message, at) VALUES (?, ?)")?.execute(params![message, 0])?;
    connection.prepare_cached("INSERT INTO raw (attempt, query, body) VALUES (?, ?, ?)")?.execute(params![
        connection.last_insert_rowid(),
        unit.query,
        unit.body
    ])?;
    connection.prepare_cached("INSERT INTO instance (name) VALUES (?)")?.execute([unit.business_id.as_str()])?;
    Ok(())
}
