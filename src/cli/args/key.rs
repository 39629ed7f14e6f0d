//! What `key` takes.

use clap::Subcommand;

use super::Output;
use crate::protocol::KeyClass;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Set the key of a class (base, kit, license, general, v1); it is read from standard input
    Set {
        class: KeyClass,
        /// For one endpoint only
        #[arg(long)]
        endpoint: Option<String>,
        /// The key that is set now stays valid beside the new one, until `key end-old`
        #[arg(long)]
        keep_old: bool,
        /// With --keep-old: where an old key is valid still, end that one
        #[arg(long, requires = "keep_old")]
        end_older: bool,
    },
    /// End the old key of a class: calls that are signed with it are refused from now on. It stays sealed, to explain those
    EndOld {
        class: KeyClass,
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// Forget the keys of a class that were replaced or ended and are kept to explain refused calls
    ForgetEnded {
        class: KeyClass,
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// Remove the key of a class, and with it the old one and those that ended
    Remove {
        class: KeyClass,
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// Set the RSA private key that decrypts clientSecret; its PEM (PKCS#8 or PKCS#1, no password) is read from standard input
    SetRsa {
        /// For one endpoint only
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// Remove the RSA private key
    RemoveRsa {
        #[arg(long)]
        endpoint: Option<String>,
    },
    /// Set AK and SK of the open APIs: read from standard input, a line each; a third line is the token of temporary keys
    SetAksk,
    /// Remove AK and SK
    RemoveAksk,
    /// Print the secret with which an endpoint's webhook requests are signed, for the seller's backend
    WebhookSecret { endpoint: String },
    /// Which keys are set, and where they come from
    List {
        #[command(flatten)]
        output: Output,
    },
}
