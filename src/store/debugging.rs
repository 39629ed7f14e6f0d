//! Debugging cases, what came of their runs, what was filled in last, and the debugging calls that others made.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Store, StoreError, codec, rejected};
use crate::{
    domain::{
        debugging::{CaseId, DebugCase, DebugRun, RunVerdict, Target},
        probe::{Received, ReceivedTest, RefusedTest, Watch},
    },
    protocol::{
        ResultCode, UnixMillis,
        callback::Wire,
        debugging::{DebugCall, Generation, Rule, business_of},
    },
};

/// Of a case, and of what belongs to none.
const RUNS_KEPT: i64 = 200;
/// Shown of each.
const RUNS_SHOWN: i64 = 20;
/// Received debugging calls that are looked at: of 30 cases that are probed twice a day, more than two weeks.
const RECEIVED: i64 = 1_000;

const RUN: &str = "case_id, generation, activity, test, sent_at, millis, method, url, body, status, content_type,
                   body_sign, answer, verdict, words";

impl Store {
    /// Oldest first.
    pub async fn debug_cases(&self) -> Result<Vec<DebugCase>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, endpoint, address, generation, activity, fields, test, created_at
                 FROM debug_case ORDER BY id",
            )?;
            let cases = statement.query_map((), read_case)?;
            // A case of a generation that another version knows is left where it is.
            Ok(cases.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })
        .await
    }

    pub async fn debug_case(&self, id: CaseId) -> Result<Option<DebugCase>, StoreError> {
        Ok(self.debug_cases().await?.into_iter().find(|case| case.id == id))
    }

    /// The last runs of every case and of what belongs to none, newest first.
    pub async fn debug_runs(&self) -> Result<Vec<DebugRun>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {RUN} FROM (
                     SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY id DESC) AS place FROM debug_run
                 ) WHERE place <= ? ORDER BY id DESC"
            ))?;
            let runs = statement.query_map([RUNS_SHOWN], read_run)?;
            Ok(runs.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })
        .await
    }

    pub async fn keep_debug_case(
        &self,
        name: String,
        target: Target,
        call: DebugCall,
        now: UnixMillis,
    ) -> Result<CaseId, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let (endpoint, address) = match &target {
                    Target::Endpoint(name) => (Some(name), None),
                    Target::Address(address) => (None, Some(address)),
                };
                connection
                    .prepare_cached(
                        "INSERT INTO debug_case (name, endpoint, address, generation, activity, fields, test, created_at)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    )?
                    .execute(params![
                        name,
                        endpoint,
                        address,
                        call.generation.name(),
                        call.activity,
                        fields(&call)?,
                        call.test,
                        now.0
                    ])?;
                Ok(CaseId(connection.last_insert_rowid()))
            })
            .await
    }

    /// With its runs. Whether there was one.
    pub async fn delete_debug_case(&self, id: CaseId) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                Ok(connection.prepare_cached("DELETE FROM debug_case WHERE id = ?")?.execute([id.0])? > 0)
            })
            .await
    }

    /// With what was filled in, which stands in the form from then on.
    pub async fn keep_debug_run(&self, run: DebugRun, call: DebugCall) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                insert_run(connection, &run)?;
                connection
                    .prepare_cached(
                        "INSERT INTO debug_form (generation, activity, fields) VALUES (?, ?, ?)
                         ON CONFLICT DO UPDATE SET fields = excluded.fields",
                    )?
                    .execute(params![call.generation.name(), call.activity, fields(&call)?])?;
                Ok(())
            })
            .await
    }

    pub async fn debug_forms(&self) -> Result<Vec<DebugCall>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT generation, activity, fields, 1 FROM debug_form")?;
            let forms = statement.query_map((), |row| read_call(row, 0))?;
            Ok(forms.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })
        .await
    }

    pub async fn probe_watch(&self) -> Result<Watch, StoreError> {
        self.read(|connection| {
            let kept: Option<Option<i64>> = connection
                .prepare_cached("SELECT on_from FROM probe_watch WHERE id = 1")?
                .query_row((), |row| row.get(0))
                .optional()?;
            Ok(match kept {
                None => Watch::Auto,
                Some(None) => Watch::Off,
                Some(Some(since)) => Watch::On(UnixMillis(since)),
            })
        })
        .await
    }

    pub async fn set_probe_watch(&self, watch: Watch) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let on_from = match watch {
                    Watch::Auto => {
                        connection.prepare_cached("DELETE FROM probe_watch")?.execute(())?;
                        return Ok(());
                    }
                    Watch::On(since) => Some(since.0),
                    Watch::Off => None,
                };
                connection
                    .prepare_cached(
                        "INSERT INTO probe_watch (id, on_from) VALUES (1, ?)
                         ON CONFLICT DO UPDATE SET on_from = excluded.on_from",
                    )?
                    .execute([on_from])?;
                Ok(())
            })
            .await
    }

    /// The newest debugging calls that came in, answered or refused, but for those that were sent from here.
    pub async fn received_tests(&self) -> Result<Received, StoreError> {
        self.read(|connection| {
            let mut sent_from_here = connection.prepare_cached(
                "SELECT 1 FROM debug_run WHERE sent_at BETWEEN ?1 AND ?2 AND
                     ((?3 <> '' AND substr(url, -length(?3)) = ?3) OR (?3 = '' AND substr(body, 1, length(?4)) = ?4))",
            )?;
            // Of both clocks only one is asked, so a call came in soon after it was sent.
            let mut is_own = |at: UnixMillis, query: &str, body: &str| {
                sent_from_here.exists(params![at.0 - 60_000, at.0 + 1_000, query, body])
            };
            let mut statement = connection.prepare_cached(
                "SELECT endpoint, wire, activity, attempt.started_at, attempt.result_code, attempt.exception,
                        raw.request_query, coalesce(repeated.request_body, raw.request_body)
                 FROM message INDEXED BY message_tested
                 CROSS JOIN attempt ON attempt.message_id = message.id
                 CROSS JOIN attempt_raw AS raw ON raw.attempt_id = attempt.id
                 LEFT JOIN attempt_raw AS repeated ON repeated.attempt_id = raw.body_of
                 WHERE world = 1 AND origin = 0 AND ended_at IS NOT NULL AND attempt.result_code IS NOT NULL
                 ORDER BY last_attempt_at DESC, attempt.id DESC LIMIT ?",
            )?;
            let mut rows = statement.query([RECEIVED])?;
            let mut answered = Vec::new();
            while let Some(row) = rows.next()? {
                let at = codec::time(row, 3)?;
                let (query, body): (String, String) = (row.get(6)?, row.get(7)?);
                if is_own(at, &query, &body)? {
                    continue;
                }
                let Some(wire) = codec::read_wire(&row.get::<_, String>(1)?)? else { continue };
                answered.push(ReceivedTest {
                    endpoint: row.get(0)?,
                    wire,
                    activity: row.get(2)?,
                    business: business_of(wire, if wire == Wire::V1 { &query } else { "" }, &body),
                    at,
                    result_code: ResultCode::new(row.get::<_, String>(4)?),
                    exception: codec::read_exception(row.get(5)?),
                    refused: None,
                });
            }
            let mut statement = connection.prepare_cached(
                "SELECT endpoint, received_at, rejection, request_query, request_body, question FROM rejected
                 WHERE question IS NOT NULL ORDER BY id DESC LIMIT ?",
            )?;
            let mut rows = statement.query([RECEIVED])?;
            let mut refused = Vec::new();
            while let Some(row) = rows.next()? {
                let at = codec::time(row, 1)?;
                let (rejection, query, body): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
                let question = serde_json::from_str(&row.get::<_, String>(5)?).ok();
                if let Some(question) = question
                    && !is_own(at, &query, &body)?
                {
                    let rejection = rejected::read_rejection(rejection);
                    refused.push(RefusedTest { endpoint: row.get(0)?, question, at, rejection });
                }
            }
            Ok(Received { answered, refused })
        })
        .await
    }
}

fn insert_run(connection: &Connection, run: &DebugRun) -> Result<(), StoreError> {
    let (verdict, words) = match &run.verdict {
        RunVerdict::Accepted => (ACCEPTED, None),
        RunVerdict::InProgress => (IN_PROGRESS, None),
        RunVerdict::Failed { rule, words } => (rule.name(), Some(words)),
    };
    let case = run.case.map(|case| case.0);
    // A case that was deleted meanwhile takes its run with it.
    connection
        .prepare_cached(&format!(
            "INSERT INTO debug_run ({RUN}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
             WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM debug_case WHERE id = ?1)"
        ))?
        .execute(params![
            case,
            run.generation.name(),
            run.activity,
            run.test,
            run.sent_at.0,
            run.millis,
            run.method,
            run.url,
            run.body,
            run.status,
            run.content_type,
            run.body_sign,
            run.answer,
            verdict,
            words
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM debug_run WHERE case_id IS ?1 AND id NOT IN (
                 SELECT id FROM debug_run WHERE case_id IS ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .execute(params![case, RUNS_KEPT])?;
    Ok(())
}

const ACCEPTED: &str = "accepted";
const IN_PROGRESS: &str = "in-progress";

fn fields(call: &DebugCall) -> Result<String, StoreError> {
    serde_json::to_string(&call.fields).map_err(|error| StoreError::Sqlite(error.to_string()))
}

/// From four columns: generation, activity, fields, test.
fn read_call(row: &Row<'_>, first: usize) -> Result<Option<DebugCall>, rusqlite::Error> {
    let generation: String = row.get(first)?;
    let Some(generation) = Generation::of_name(&generation) else { return Ok(None) };
    let fields: String = row.get(first + 2)?;
    let fields = serde_json::from_str(&fields).unwrap_or_default();
    Ok(Some(DebugCall { generation, activity: row.get(first + 1)?, fields, test: row.get(first + 3)? }))
}

fn read_case(row: &Row<'_>) -> Result<Option<DebugCase>, rusqlite::Error> {
    let target = match (row.get(2)?, row.get::<_, Option<String>>(3)?) {
        (Some(endpoint), _) => Target::Endpoint(endpoint),
        (None, address) => Target::Address(address.unwrap_or_default()),
    };
    Ok(match read_call(row, 4)? {
        None => None,
        Some(call) => Some(DebugCase {
            id: CaseId(row.get(0)?),
            name: row.get(1)?,
            target,
            call,
            created_at: codec::time(row, 8)?,
        }),
    })
}

fn read_run(row: &Row<'_>) -> Result<Option<DebugRun>, rusqlite::Error> {
    let (generation, verdict): (String, String) = (row.get(1)?, row.get(13)?);
    let words: Option<String> = row.get(14)?;
    let verdict = match verdict.as_str() {
        ACCEPTED => Some(RunVerdict::Accepted),
        IN_PROGRESS => Some(RunVerdict::InProgress),
        rule => Rule::of_name(rule).map(|rule| RunVerdict::Failed { rule, words: words.unwrap_or_default() }),
    };
    let (Some(generation), Some(verdict)) = (Generation::of_name(&generation), verdict) else { return Ok(None) };
    Ok(Some(DebugRun {
        case: row.get::<_, Option<i64>>(0)?.map(CaseId),
        generation,
        activity: row.get(2)?,
        test: row.get(3)?,
        sent_at: codec::time(row, 4)?,
        millis: row.get(5)?,
        method: row.get(6)?,
        url: row.get(7)?,
        body: row.get(8)?,
        status: row.get(9)?,
        content_type: row.get(10)?,
        body_sign: row.get(11)?,
        answer: row.get(12)?,
        verdict,
    }))
}
