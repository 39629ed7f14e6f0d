//! Debugging: the calls that a seller tries out on their own address as KooGallery's console does, the cases that are kept of
//! them, and the watch over KooGallery's probes.

use super::{Desk, own_address::OwnAddress};
use crate::{
    domain::{
        debugging::{CaseId, DebugCase, DebugRun, Target},
        probe::{self, ProbeFinding, ProbeReport, Watch, WatchedCase},
    },
    marketplace::{DebugCaller, Resolved},
    protocol::{
        KeyClass, Secret,
        callback::Reply,
        debugging::{DebugCall, DebugError, SignedCall},
    },
    store::StoreError,
};

/// KooGallery's own calls wait so long (zh-cn_topic_0070649475); the console's page is more patient.
pub const CALLS_WAIT_MILLIS: i64 = 5_000;

#[derive(Clone, Debug, PartialEq)]
pub struct DebugRequest {
    pub target: Target,
    pub call: DebugCall,
    /// Signs this call and is kept nowhere; `None` for the key that is set.
    pub key: Option<Secret>,
    /// The case that it is a run of.
    pub case: Option<CaseId>,
}

/// Why a call is not sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DebugRefused {
    #[error(transparent)]
    Call(#[from] DebugError),
    #[error("the endpoint `{0}` is no longer in the configuration")]
    NoEndpoint(String),
    #[error("the receiver is not listening, so its own addresses cannot be called")]
    NotListening,
    #[error("no key of the class {0} is set, with which KooGallery signs this call")]
    NoKey(KeyClass),
    #[error("the case no longer exists")]
    NoCase,
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A call that can leave.
struct Ready {
    signed: SignedCall,
    key: Secret,
    resolved: Option<Resolved>,
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Debugging {
    /// Oldest first.
    pub cases: Vec<DebugCase>,
    /// The last of each case and of what belongs to none, newest first.
    pub runs: Vec<DebugRun>,
    /// What was filled in last.
    pub forms: Vec<DebugCall>,
    pub probes: ProbeReport,
}

impl Debugging {
    pub fn case(&self, id: CaseId) -> Option<&DebugCase> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// Of the case that a finding is about.
    pub fn name_of(&self, finding: &ProbeFinding) -> String {
        match finding {
            ProbeFinding::Failing { case: Some(case), .. } => {
                self.case(*case).map(|case| case.name.clone()).unwrap_or_default()
            }
            ProbeFinding::Failing { case: None, .. } | ProbeFinding::Missing { .. } => String::new(),
        }
    }
}

impl Desk {
    /// The call as it would leave now. Sends nothing.
    pub fn sign_debug_call(&self, request: &DebugRequest) -> Result<SignedCall, DebugRefused> {
        self.signed(request).map(|ready| ready.signed)
    }

    /// Sends it, judges the answer and keeps both.
    pub async fn send_debug_call(&self, request: DebugRequest) -> Result<DebugRun, DebugRefused> {
        let Ready { signed, key, resolved } = self.signed(&request)?;
        let caller = DebugCaller::new(&signed.url, resolved.as_ref());
        let caller = caller.map_err(|error| DebugRefused::Client(error.to_string()))?;
        let DebugRequest { call, case, .. } = request;
        let sent_at = self.now();
        let reply = caller.send(&signed).await;
        let verdict = call.judge(&signed, &key, &reply).into();
        let answer = reply.as_ref().map(Reply::masked_body).unwrap_or_default();
        let reply = reply.ok();
        let run = DebugRun {
            case,
            generation: call.generation,
            activity: call.activity.clone(),
            test: call.test,
            sent_at,
            millis: self.now().millis_since(sent_at),
            method: signed.method.to_owned(),
            url: signed.url,
            body: signed.body,
            status: reply.as_ref().map(|reply| reply.status),
            content_type: reply.as_ref().and_then(|reply| reply.content_type.clone()),
            body_sign: reply.and_then(|reply| reply.body_sign),
            answer,
            verdict,
        };
        self.inner.store.keep_debug_run(run.clone(), call).await?;
        Ok(run)
    }

    /// Runs a case once more.
    pub async fn run_debug_case(&self, id: CaseId) -> Result<DebugRun, DebugRefused> {
        let DebugCase { id, target, call, .. } = self.inner.store.debug_case(id).await?.ok_or(DebugRefused::NoCase)?;
        self.send_debug_call(DebugRequest { target, call, key: None, case: Some(id) }).await
    }

    pub async fn keep_debug_case(&self, name: String, target: Target, call: DebugCall) -> Result<CaseId, StoreError> {
        self.inner.store.keep_debug_case(name, target, call, self.now()).await
    }

    pub async fn delete_debug_case(&self, id: CaseId) -> Result<bool, StoreError> {
        self.inner.store.delete_debug_case(id).await
    }

    pub async fn debugging(&self) -> Result<Debugging, StoreError> {
        let store = &self.inner.store;
        let cases = store.debug_cases().await?;
        let probes = self.probes_of(&cases).await?;
        Ok(Debugging { runs: store.debug_runs().await?, forms: store.debug_forms().await?, cases, probes })
    }

    async fn probes_of(&self, cases: &[DebugCase]) -> Result<ProbeReport, StoreError> {
        let watch = self.inner.store.probe_watch().await?;
        let watched: Vec<WatchedCase> = cases.iter().map(watched).collect();
        let received = self.inner.store.received_tests().await?;
        Ok(probe::report(&watched, &received, watch, self.now()))
    }

    /// Whether somebody is told that no probe comes; `None` leaves it to what was seen.
    pub async fn watch_probes(&self, on: Option<bool>) -> Result<(), StoreError> {
        let watch = match on {
            None => Watch::Auto,
            Some(true) => Watch::On(self.now()),
            Some(false) => Watch::Off,
        };
        self.inner.store.set_probe_watch(watch).await
    }

    fn signed(&self, request: &DebugRequest) -> Result<Ready, DebugRefused> {
        let (address, resolved) = self.address_of(&request.target)?;
        let class = request.call.generation.key_class();
        let key = request.key.clone().or_else(|| self.debug_key(&request.target, class));
        let key = key.ok_or(DebugRefused::NoKey(class))?;
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let mut signed = request.call.sign(&address, &key, self.now(), &nonce)?;
        signed.resolve = resolved.as_ref().map(Resolved::for_curl);
        Ok(Ready { signed, key, resolved })
    }

    /// For an address elsewhere the first endpoint that has a key is as good as any.
    fn debug_key(&self, target: &Target, class: KeyClass) -> Option<Secret> {
        let keys = self.keys();
        match target {
            Target::Endpoint(name) => keys.key(name, class),
            Target::Address(_) => keys
                .key("", class)
                .or_else(|| self.config().endpoints.iter().find_map(|endpoint| keys.key(&endpoint.name, class))),
        }
    }

    fn address_of(&self, target: &Target) -> Result<(String, Option<Resolved>), DebugRefused> {
        let name = match target {
            Target::Address(address) => return Ok((address.clone(), None)),
            Target::Endpoint(name) => name,
        };
        let config = self.config();
        let endpoint = config.endpoint(name).ok_or_else(|| DebugRefused::NoEndpoint(name.clone()))?;
        let certificate = config.receiver.tls.as_ref().map(|tls| self.data_dir().join(&tls.certificate));
        // One that cannot be read names nobody.
        let certificate = certificate.map(|path| std::fs::read(path).unwrap_or_default());
        let OwnAddress { base, resolved } =
            OwnAddress::of(&self.inner.receiver.borrow(), certificate.as_deref()).ok_or(DebugRefused::NotListening)?;
        Ok((format!("{base}{}", endpoint.path), resolved))
    }
}

fn watched(case: &DebugCase) -> WatchedCase {
    let endpoint = match &case.target {
        Target::Endpoint(name) => Some(name.clone()),
        Target::Address(_) => None,
    };
    WatchedCase { id: case.id, endpoint, call: case.call.clone() }
}
