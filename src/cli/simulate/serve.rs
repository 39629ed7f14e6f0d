//! `simulate serve`: the marketplace until it is told to end, with its open APIs and, below `/control`, what its buyers and
//! operators can do (see the control API in `simulator`). The keys are those of the environment where the desk reads its own
//! too, or else names that tell what they are.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;

use super::{ACCESS_KEY, LISTEN, SECRET_KEY, begins, certified};
use crate::{
    cli::{args::SimulateServeArguments, print, serve::told_to_end},
    protocol::{KeyClass, Secret},
    simulator::{
        Generation, Lifecycle, Marketplace, OpenApiServer, Pace, Setup, ids,
        open_api::{OpenApiSetup, certificate::tls},
    },
};

/// A marketplace that is killed has lost no more than this.
const KEPT_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn run(arguments: &SimulateServeArguments, listen: Option<SocketAddr>) -> anyhow::Result<bool> {
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("{}", path.display()));
    let kit_key = arguments.kit_key.as_deref().map(read).transpose()?.map(Secret::new);
    let setup = Setup { begins_at: begins(arguments.begins.as_deref())?, kit_key, ..setup(arguments) };
    let opened = match &arguments.state {
        Some(path) => Marketplace::open_at(setup, path)?,
        None => Marketplace::open(setup)?,
    };
    let marketplace = Arc::new(opened);
    let access = std::env::var("SELLERDESK_AK").unwrap_or_else(|_| ACCESS_KEY.to_owned());
    let mut apis = OpenApiSetup::new(access, secret("SELLERDESK_SK", SECRET_KEY)).on(listen.unwrap_or(LISTEN));
    let told = arguments.control_token.as_deref().filter(|token| !token.is_empty()).map(Secret::new);
    let is_made = told.is_none() && !apis.listen.ip().is_loopback();
    apis.control_token = if is_made { Some(Secret::new(ids::nonce())) } else { told };
    let made = apis.control_token.clone().filter(|_| is_made);
    apis.order_queries_per_minute = arguments.order_queries;
    if let Some(file) = &arguments.ca {
        apis.tls = Some(certified(apis.listen, file)?);
    }
    if let (Some(certificate), Some(key)) = (&arguments.certificate, &arguments.key) {
        apis.tls = Some(tls(&read(certificate)?, &read(key)?).map_err(anyhow::Error::msg)?);
    }
    let server = OpenApiServer::start_with_control(&marketplace, apis)?;
    print::tell(format_args!("listening {}", server.url()));
    if let Some(token) = made {
        print::tell(format_args!("control token {}", token.expose()));
    }
    match &arguments.state {
        None => told_to_end().await,
        Some(path) => {
            let mut ended = std::pin::pin!(told_to_end());
            while tokio::time::timeout(KEPT_EVERY, &mut ended).await.is_err() {
                marketplace.save(path)?;
            }
            marketplace.save(path)?;
        }
    }
    Ok(true)
}

fn setup(arguments: &SimulateServeArguments) -> Setup {
    let mut setup = Setup::new(arguments.target.as_str()).with_lifecycle(Lifecycle::whole());
    let variable = |class: KeyClass| format!("SELLERDESK_KEY_{}", class.name().to_uppercase());
    setup.notifies_orders = arguments.notify_orders || std::env::var(variable(KeyClass::General)).is_ok();
    for class in KeyClass::ALL {
        let variable = variable(class);
        setup = setup.with_key(class, secret(&variable, &format!("simulated-{class}-key")));
    }
    if arguments.v1 {
        setup = setup.of_generation(Generation::V1);
    }
    setup.site = arguments.site.unwrap_or_default();
    if let Some(seed) = arguments.seed {
        setup = setup.with_seed(seed);
    }
    if let Some(seconds) = arguments.hour {
        setup = setup.with_pace(Pace::with_hour(Duration::from_secs(seconds)));
    }
    setup
}

fn secret(variable: &str, otherwise: &str) -> Secret {
    Secret::new(std::env::var(variable).unwrap_or_else(|_| otherwise.to_owned()))
}
