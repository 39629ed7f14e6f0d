//! The command line as it is typed. A contract: scripts rely on it.

mod backup;
mod calendar;
mod check;
mod fulfil;
mod import;
mod key;
mod license;
mod settlement;
mod simulate;
mod supervision;
mod unsubscription;
mod usage;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::{
    backup::{BackupArguments, RestoreArguments},
    calendar::CalendarArguments,
    check::CheckArguments,
    fulfil::FulfilArguments,
    import::ImportArguments,
    key::KeyCommand,
    license::{Reported, ReportedColumn, StatsArguments},
    settlement::{MonthArguments, PriceArguments, PricesCommand, SettlementCommand, UpgradePriceArguments},
    simulate::{LoadArguments, PlayArguments, RecordArguments, SimulateCommand, SimulateServeArguments},
    supervision::{NoteArguments, NotedName, SupervisedName, SupervisionCommand, WorkdaysCommand},
    unsubscription::{RequestArguments, RequestFact, UnsubscriptionCommand},
    usage::CorrectArguments,
};

#[derive(Debug, Parser)]
#[command(name = "sellerdesk", version, about = "Desktop companion for sellers on Huawei Cloud KooGallery")]
pub struct Arguments {
    /// Where configuration, keys and database lie
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address of the receiver, instead of the configured one
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Window and simulator on a throw-away directory; without a display the same story as text
    Demo {
        /// Tell the story as text even where there is a display
        #[arg(long)]
        text: bool,
    },
    /// The receiver alone, without a window
    Serve,
    /// List what is kept
    List(ListArguments),
    /// Show one message or instance with everything that happened to it
    Show(ShowArguments),
    /// Try messages again, on the same path as a call
    Retry(RetryArguments),
    /// Fill in the access data of a purchase that waits for the operator
    Fulfil(FulfilArguments),
    /// Authorization codes (License 2.0)
    #[command(subcommand)]
    License(LicenseCommand),
    /// Purchase limits, as the seller console holds them
    #[command(subcommand)]
    Limits(super::limits::LimitsCommand),
    /// Sales targets and trial whitelists, as the seller console holds them
    #[command(subcommand)]
    Targets(super::targets::TargetsCommand),
    /// Hold orders, calls, instances and codes against each other
    Reconcile(super::reconcile::ReconcileArguments),
    /// How near products are to being delisted (下架): failed orders, what still can be saved, probes
    Delisting(super::delisting::DelistingArguments),
    /// Orders
    #[command(subcommand)]
    Order(OrderCommand),
    /// Orders under service supervision (服务监管), whose steps nobody tells but the console
    #[command(subcommand)]
    Supervision(SupervisionCommand),
    /// Requests for an unsubscription that wait for the seller (退订管理), which nobody tells but the console
    #[command(subcommand)]
    Unsubscription(UnsubscriptionCommand),
    /// The table of Chinese holidays by which deadlines are counted
    #[command(subcommand)]
    Workdays(WorkdaysCommand),
    /// Vouchers, reviews, listing checklists and support contacts, as the seller console holds them
    #[command(subcommand)]
    Register(super::register::RegisterCommand),
    /// What bills will come to, bills that are there against it, and what an upgrade costs
    #[command(subcommand)]
    Settlement(SettlementCommand),
    /// Usage of pay-per-use products
    #[command(subcommand)]
    Usage(UsageCommand),
    /// Hand over the License that an application (getLicenseAsync) asked for
    Upload(UploadArguments),
    /// Access keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write database, configuration and sealed keys into one file, whatever else is at work on them
    Backup(BackupArguments),
    /// Put a backup in the place of what is in the data directory, where nothing else may be at work
    #[command(
        after_help = "What was there before is kept beside it. The keys and credentials in a backup are sealed: they need the seal.key, \
        or the keychain's entry, of the directory that the backup was made of."
    )]
    Restore(RestoreArguments),
    /// Call a production address as KooGallery does, rightly and wrongly, and tell which rules its answers keep
    #[command(
        after_help = "The keys are SELLERDESK_KEY_BASE, KIT, LICENSE, GENERAL and V1 of the environment, or else those of the \
        data directory."
    )]
    Check(CheckArguments),
    /// A KooGallery of one's own, for development and rehearsal
    #[command(subcommand)]
    Simulate(SimulateCommand),
}

#[derive(Debug, Args)]
pub struct ListArguments {
    pub what: Listed,
    #[command(flatten)]
    pub output: Output,
    /// At most this many, newest first [default: 100, with --export: all]
    #[arg(long)]
    pub limit: Option<usize>,
    /// Debugging calls (testFlag 1) instead of live ones
    #[arg(long)]
    pub test: bool,
    /// Messages only: those that fail
    #[arg(long)]
    pub failing: bool,
    /// Orders only: those of one status, such as processing, completed, unpaid, under-review, cancelled
    #[arg(long)]
    pub status: Option<String>,
    /// Messages, instances, licenses and tenants only: an order, an instance, or a piece of text
    #[arg(long, default_value = "")]
    pub search: String,
    /// Write the list to a file instead, which ends with .csv or .xlsx. Ids longer than 15 digits are safe from Excel in .xlsx
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    Messages,
    Instances,
    Orders,
    Licenses,
    Limits,
    Targets,
    /// Customers under limits
    Review,
    /// Customers under sales targets and trial whitelists
    TargetReview,
    /// What was done to purchase limits
    LimitChanges,
    /// What was done to sales targets and trial whitelists
    TargetChanges,
    /// How near products are to being delisted
    Delisting,
    /// What orders, calls, instances and codes say against each other
    Findings,
    /// Orders under service supervision
    Supervised,
    /// Requests for an unsubscription
    Unsubscriptions,
    Usage,
    Tenants,
    Users,
    Departments,
    Applications,
    Rejected,
    Endpoints,
    /// Saved debugging cases: how KooGallery probes them, and what is wrong with it
    Probes,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    pub what: Shown,
    /// The id as `list` tells it
    pub id: String,
    #[command(flatten)]
    pub output: Output,
    /// In the world of debugging calls
    #[arg(long)]
    pub test: bool,
    /// Of an application: print its clientSecret
    #[arg(long)]
    pub reveal: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shown {
    Application,
    Message,
    Instance,
    Order,
    License,
    Tenant,
    Rejected,
}

#[derive(Debug, Args)]
pub struct RetryArguments {
    /// Ids of messages
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub ids: Vec<i64>,
    /// Every message that fails
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: Output,
    /// With --all: debugging calls instead of live ones
    #[arg(long)]
    pub test: bool,
    /// Tell what would change, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub enum LicenseCommand {
    /// Add authorization codes: those named, those of a file, or one a line on standard input
    Add {
        codes: Vec<String>,
        /// A CSV or XLSX file; its columns are found by their headings (license, orderId, productId, expireTime)
        #[arg(long, value_name = "FILE", conflicts_with = "codes")]
        file: Option<PathBuf>,
        /// The heading of the codes in the file, where it is another
        #[arg(long, value_name = "NAME", requires = "file")]
        column: Option<String>,
        #[command(flatten)]
        output: Output,
        /// To the world of debugging calls
        #[arg(long)]
        test: bool,
    },
    /// Activate authorization codes at KooGallery: those named, or one a line on standard input
    Activate {
        codes: Vec<String>,
        /// When the product was really delivered, for all of them: 2026-01-31T08:00:00+08:00
        #[arg(long, value_name = "TIME")]
        real_effect_time: Option<String>,
        #[command(flatten)]
        output: Output,
        /// Codes of the world of debugging calls
        #[arg(long)]
        test: bool,
    },
    /// Ask KooGallery how codes stand: those named, or one a line on standard input
    Query {
        codes: Vec<String>,
        #[command(flatten)]
        output: Output,
        /// Codes of the world of debugging calls
        #[arg(long)]
        test: bool,
    },
    /// What happens next to codes and when: expiry, end of grace, release; the soonest first
    Calendar(CalendarArguments),
    /// Report who used codes today: those named, or one a line on standard input
    Stats(StatsArguments),
}

#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// Ask KooGallery about orders
    Query {
        /// orderId
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        output: Output,
        /// For the world of debugging calls
        #[arg(long)]
        test: bool,
    },
    /// Take the console's order export (or any table with order numbers) into the orders; what KooGallery told stays
    Import(ImportArguments),
    /// The last imports
    Imports(Output),
    /// Take an import back
    TakeBack {
        /// As `order imports` tells it
        import: i64,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// Check a table of usage records, keep them, and send them to KooGallery; none that was taken goes again
    Push(UsageArguments),
    /// Put a record right that KooGallery refused or that was not sent yet, and send it
    Correct(CorrectArguments),
}

#[derive(Debug, Args)]
pub struct UsageArguments {
    /// CSV or XLSX with instanceId, beginTime, endTime, usageValue and, where wanted, relatePkgInstance, meteringSn,
    /// productId
    pub file: PathBuf,
    /// Which of KooGallery's interfaces takes them
    #[arg(long, value_enum, default_value_t = UsageInterface::New)]
    pub interface: UsageInterface,
    /// The zone of times that name no offset, such as Asia/Shanghai; without it such times are refused
    #[arg(long)]
    pub zone: Option<String>,
    /// Check only
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub output: Output,
    /// In the world of debugging calls
    #[arg(long)]
    pub test: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UsageInterface {
    New,
    Old,
}

#[derive(Debug, Args)]
pub struct UploadArguments {
    /// eventId of the application
    pub event_id: String,
    /// The License is this file; without it, it is the text on standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    /// Of the world of debugging calls
    #[arg(long)]
    pub test: bool,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn typed(line: &str) -> Result<Arguments, String> {
        Arguments::try_parse_from(line.split(' ')).map_err(|error| error.to_string())
    }

    #[test]
    fn the_contract_is_understood() {
        Arguments::command().debug_assert();
        for line in [
            "sellerdesk",
            "sellerdesk demo",
            "sellerdesk serve",
            "sellerdesk list messages --failing --search CS2403 --json --limit 5 --test",
            "sellerdesk list instances",
            "sellerdesk list messages --failing --export failing.csv --limit 5 --json",
            "sellerdesk list rejected",
            "sellerdesk list endpoints --json",
            "sellerdesk show message 7 --json",
            "sellerdesk show instance 3c1a --test",
            "sellerdesk retry 1 2 --json",
            "sellerdesk retry --all --json --test",
            "sellerdesk fulfil i --front-end-url https://x --admin-url https://y --user-name u --memo m --password-stdin",
            "sellerdesk license activate PL1 PL2 --real-effect-time 2026-01-31T08:00:00+08:00 --json",
            "sellerdesk license query --test",
            "sellerdesk license stats PL1 --active-num 7",
            "sellerdesk license stats PL1 PL2 --id ann --id ben --json",
            "sellerdesk license stats --column active-num --test",
            "sellerdesk order query CS1 CS2 --json",
            "sellerdesk order import orders.xlsx --column orderId=编号 --column createTime=时间 --leave-out --json",
            "sellerdesk order import orders.csv --dry-run --zone UTC --test",
            "sellerdesk order imports --json",
            "sellerdesk order take-back 7",
            "sellerdesk usage push usage.csv --zone Asia/Shanghai --interface old --dry-run --json",
            "sellerdesk list usage --search i-1",
            "sellerdesk usage correct sd-1 --instance-id i --begin 2026-11-24T10:00:00Z --value 2 --new-sn a --keep --json",
            "sellerdesk upload e-1 --file license.dat",
            "sellerdesk list orders --search CS1",
            "sellerdesk reconcile --json",
            "sellerdesk reconcile --release i-1 --json",
            "sellerdesk reconcile --export findings.xlsx",
            "sellerdesk delisting --json",
            "sellerdesk delisting --mail OFFI1 --json",
            "sellerdesk supervision note CS1 accepted --at 2026-11-24T10:00 --kind hardware --text hello --json",
            "sellerdesk supervision note CS1 rejected",
            "sellerdesk supervision show CS1",
            "sellerdesk supervision forget CS1",
            "sellerdesk list supervised --export supervised.csv",
            "sellerdesk unsubscription note CS1 requested --at 2026-11-24T10:00 --json",
            "sellerdesk unsubscription forget CS1",
            "sellerdesk list unsubscriptions --json",
            "sellerdesk list orders --status processing",
            "sellerdesk workdays import 2027.json",
            "sellerdesk workdays show --json",
            "sellerdesk limits review --json --customer c --what-if 3 --exhausted",
            "sellerdesk show order CS1",
            "sellerdesk backup monday.zip --json",
            "sellerdesk restore monday.zip --without-keys --json",
            "sellerdesk key set base",
            "sellerdesk key set V1 --endpoint main",
            "sellerdesk key set base --keep-old --end-older",
            "sellerdesk key end-old base --endpoint main",
            "sellerdesk key remove kit --endpoint main",
            "sellerdesk key set-rsa --endpoint main",
            "sellerdesk key remove-rsa",
            "sellerdesk key set-aksk",
            "sellerdesk key remove-aksk",
            "sellerdesk key list --json",
            "sellerdesk check https://x/produce --json --v1 --kit --license --junit report.xml",
            "sellerdesk check https://x/produce --live --code PL1 --wait 5 --endpoint main",
            "sellerdesk simulate load --rate 5 --count 10 --target http://x/p --connections 3 --live --json",
            "sellerdesk simulate play",
            "sellerdesk simulate play first-purchase --target http://x/p --seed 7 --speed 0.5 --json",
            "sellerdesk simulate record --from dir --messages 1,2,3 calls.toml",
            "sellerdesk check http://x/p --online-license",
            "sellerdesk simulate serve",
            "sellerdesk simulate serve --listen 127.0.0.1:0 --target http://127.0.0.1:1/p --v1 --seed 7 --hour 0 --state f.json",
        ] {
            if let Err(error) = typed(line) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn directory_and_address_may_stand_before_the_subcommand_or_behind_it() {
        for line in [
            "sellerdesk --data-dir d --listen 127.0.0.1:0 serve",
            "sellerdesk serve --data-dir d --listen 127.0.0.1:0",
            "sellerdesk --data-dir d key list --listen 127.0.0.1:0",
            "sellerdesk --data-dir d --listen 127.0.0.1:0",
        ] {
            let arguments = typed(line).unwrap();
            assert_eq!(arguments.data_dir, Some(PathBuf::from("d")), "{line}");
            assert_eq!(arguments.listen, Some(SocketAddr::from(([127, 0, 0, 1], 0))), "{line}");
        }
    }

    #[test]
    fn what_is_not_in_it_is_refused() {
        for (line, sentence) in [
            ("sellerdesk retry", "required"),
            ("sellerdesk retry 1 --all", "cannot be used with"),
            ("sellerdesk retry one", "invalid value 'one'"),
            (
                "sellerdesk list everything",
                "messages, instances, orders, licenses, limits, targets, review, target-review, limit-changes, target-changes",
            ),
            ("sellerdesk fulfil i", "--front-end-url"),
            ("sellerdesk license stats PL1", "--id <CLIENT>|--active-num <NUMBER>|--column <WHAT>"),
            ("sellerdesk license stats PL1 --id a --active-num 1", "cannot be used with"),
            ("sellerdesk key set other", "the classes are base, kit, license, general and v1"),
            ("sellerdesk key set base --end-older", "--keep-old"),
            ("sellerdesk key set-rsa kit", "unexpected argument 'kit'"),
            ("sellerdesk serve --listen 8480", "invalid value '8480'"),
        ] {
            let error = typed(line).unwrap_err();
            assert!(error.contains(sentence), "{line}: {error}");
        }
    }
}
