//! Why what was asked of the desk came to nothing, in words.

use crate::{
    desk::{
        BackupError, DeskError, Refusal,
        export::{ExportError, Reason, WriteError},
        files::{FileError, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, SheetError},
        import::ImportError,
        registers::RegisterError,
        reply_templates::TemplateError,
    },
    domain::register::EntryProblem,
    protocol::{open_api::bench::BenchError, signature::sdk_hmac::SdkHmacError},
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn refusal(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::Desk(error) => self.desk_error(error),
            Refusal::Import(error) => self.import_error(error),
            Refusal::Export(error) => self.export_error(error),
            Refusal::Register(error) => self.register_error(error),
            Refusal::Template(error) => match error.as_ref() {
                TemplateError::Store(error) => self.store_error(error),
                TemplateError::Problem { name, problem } => {
                    text!(self, "refusal-template", name = name.as_str(), problem = self.template_problem(*problem))
                }
            },
            Refusal::Debugging(refused) => self.debug_refused(refused),
            Refusal::Bench(error) => self.bench_error(error),
            Refusal::Usage { metering_sn, reason } => {
                text!(self, "refusal-usage", sn = metering_sn.as_str(), reason = self.not_possible(reason))
            }
            Refusal::NoClientSecret { app_id } => text!(self, "refusal-no-secret", app = app_id.as_str()),
        }
    }

    pub(in crate::ui) fn desk_error(&self, error: &DeskError) -> String {
        match error {
            DeskError::Store(error) => self.store_error(error),
            DeskError::Config(error) => self.config_error(error),
            DeskError::Keys(error) => self.key_error(error),
            DeskError::Workdays(error) => self.workdays_error(error),
            DeskError::Backup(error) => self.backup_error(error),
            DeskError::HandedOverBefore { at, .. } => text!(self, "refusal-handed-over", at = at.to_string()),
            DeskError::HandingOver { .. } => text!(self, "refusal-handing-over"),
            DeskError::NoEventId { text } => text!(self, "refusal-no-event-id", text = text.as_str()),
            DeskError::LicenseLength { length, max } => {
                text!(self, "refusal-license-length", length = length.to_string(), max = max.to_string())
            }
            DeskError::FileLength { name, max } => {
                text!(self, "refusal-license-file", name = name.as_str(), max = max.to_string())
            }
            DeskError::LicenseFile { path, reason } => {
                text!(self, "file-unreadable", file = path.display().to_string(), reason = self.system(reason))
            }
            DeskError::NoUsageColumns => text!(self, "refusal-no-usage-columns"),
            DeskError::MissingColumns(columns) => text!(self, "refusal-missing-columns", columns = columns.as_str()),
            DeskError::NoSuchInstance(instance) => text!(self, "refusal-no-instance", instance = instance.as_str()),
            DeskError::NotFulfilled { instance_id, exception } => {
                text!(self, "toast-fulfil-refused", instance = instance_id.as_str(), reason = self.exception(exception))
            }
        }
    }

    fn backup_error(&self, error: &BackupError) -> String {
        match error {
            BackupError::Unwritable { file, reason } => {
                text!(self, "file-unwritable", file = file.display().to_string(), reason = self.system(reason))
            }
            BackupError::Unreadable { file, reason } => {
                text!(self, "file-unreadable", file = file.display().to_string(), reason = self.system(reason))
            }
            BackupError::NoBackup(file) => text!(self, "backup-none", file = file.display().to_string()),
            BackupError::InUse(folder) => text!(self, "backup-in-use", folder = folder.display().to_string()),
            BackupError::Database(error) => text!(self, "backup-unusable", reason = self.store_error(error)),
            BackupError::Config(error) => text!(self, "backup-unusable", reason = self.config_error(error)),
            BackupError::Keys(error) => text!(self, "backup-other-key", reason = self.key_error(error)),
            BackupError::Halfway { file, before, reason } => text!(
                self,
                "backup-halfway",
                file = file.display().to_string(),
                before = before.display().to_string(),
                reason = self.system(reason)
            ),
        }
    }

    fn import_error(&self, error: &ImportError) -> String {
        match error {
            ImportError::File(error) => self.file_error(error),
            ImportError::Desk(error) => self.desk_error(error),
            ImportError::Wrong { wrong, row, problem } => {
                let (wrong, row, problem) = (*wrong, row.to_string(), self.row_problem(problem));
                text!(self, "refusal-rows-wrong", wrong = wrong, row = row, problem = problem)
            }
            ImportError::NoRows => text!(self, "refusal-no-rows"),
            ImportError::Cancelled => text!(self, "toast-import-cancelled"),
            ImportError::NoSuchBatch(number) => text!(self, "refusal-no-batch", number = number.to_string()),
            ImportError::TakenBack(number) => text!(self, "refusal-taken-back", number = number.to_string()),
        }
    }

    fn export_error(&self, error: &ExportError) -> String {
        match error {
            ExportError::Format(file) => text!(self, "file-no-format", file = file.display().to_string()),
            ExportError::Unwritable { file, reason } => {
                let reason = match reason {
                    Reason::Io(error) | Reason::Table(WriteError::Io(error)) => self.system(error),
                    Reason::Table(WriteError::Cancelled) => text!(self, "store-cancelled"),
                    Reason::Table(WriteError::TooManyRows) => {
                        text!(self, "sheet-too-many-rows", max = MAX_ROWS.to_string())
                    }
                    Reason::Table(WriteError::Workbook(reason)) => {
                        text!(self, "sheet-workbook", reason = reason.as_str())
                    }
                    Reason::Interrupted => text!(self, "file-interrupted"),
                };
                text!(self, "file-unwritable", file = file.display().to_string(), reason = reason)
            }
            ExportError::Cancelled => text!(self, "store-cancelled"),
            ExportError::Store(error) => self.store_error(error),
        }
    }

    fn register_error(&self, error: &RegisterError) -> String {
        let all = |problems: &[EntryProblem]| {
            problems.iter().map(|problem| self.entry_problem(problem)).collect::<Vec<_>>().join("; ")
        };
        match error {
            RegisterError::Store(error) => self.store_error(error),
            RegisterError::File(error) => self.file_error(error),
            RegisterError::NoColumns { kind, columns } => {
                text!(self, "refusal-no-columns", kind = self.register_kind(*kind), columns = columns.join(", "))
            }
            RegisterError::NoRows => text!(self, "refusal-no-rows"),
            RegisterError::Lines(lines) => {
                let wrong = lines.len();
                let first = lines.first();
                let row = first.map_or_else(String::new, |(row, _)| row.to_string());
                let problem = first.map_or_else(String::new, |(_, problem)| self.entry_problem(problem));
                text!(self, "refusal-rows-wrong", wrong = wrong, row = row, problem = problem)
            }
            RegisterError::Entry(problems) => all(problems),
            RegisterError::NoSuchEntry { .. } => text!(self, "refusal-no-entry"),
        }
    }

    fn file_error(&self, error: &FileError) -> String {
        match error {
            FileError::Unreadable { file, reason } => {
                text!(self, "file-unreadable", file = file.display().to_string(), reason = self.system(reason))
            }
            FileError::NoFile { file } => text!(self, "file-none", file = file.display().to_string()),
            FileError::NoTable { file, error } => {
                text!(self, "file-table", file = file.display().to_string(), reason = self.sheet_error(error))
            }
            FileError::Pasted(error) => self.sheet_error(error),
            FileError::Interrupted => text!(self, "file-interrupted"),
        }
    }

    fn sheet_error(&self, error: &SheetError) -> String {
        match error {
            SheetError::TooLarge => text!(self, "sheet-too-large", max = (MAX_BYTES / 1024 / 1024).to_string()),
            SheetError::TooManyRows => text!(self, "sheet-too-many-rows", max = MAX_ROWS.to_string()),
            SheetError::TooWide { row } => {
                text!(self, "sheet-too-wide", row = row.to_string(), max = MAX_COLUMNS.to_string())
            }
            SheetError::TooMuch { row } => text!(self, "sheet-too-much", row = row.to_string()),
            SheetError::Empty => text!(self, "sheet-empty"),
            SheetError::Password => text!(self, "sheet-password"),
            SheetError::OldExcel => text!(self, "sheet-old-excel"),
            SheetError::NoWorkbook => text!(self, "sheet-no-workbook"),
            SheetError::Markup => text!(self, "sheet-markup"),
            SheetError::Broken { reason } => text!(self, "sheet-broken", reason = reason.as_str()),
            SheetError::NoText { line, column } => {
                text!(self, "sheet-no-text", line = line.to_string(), column = column.to_string())
            }
            SheetError::OpenQuote { line, column } => {
                text!(self, "sheet-open-quote", line = line.to_string(), column = column.to_string())
            }
        }
    }

    pub(in crate::ui) fn bench_error(&self, error: &BenchError) -> String {
        match error {
            BenchError::NoAddress(reason) => text!(self, "bench-no-address", reason = reason.as_str()),
            BenchError::NotHttps => text!(self, "bench-not-https"),
            BenchError::NoHeader(line) => text!(self, "bench-no-header", line = line.as_str()),
            BenchError::Signature(error) => match error {
                SdkHmacError::MalformedMethod(method) => text!(self, "bench-no-method", method = method.as_str()),
                SdkHmacError::MalformedHeaderName(name) => text!(self, "bench-header-name", name = name.as_str()),
                SdkHmacError::MalformedHeaderValue(name) => text!(self, "bench-header-value", name = name.as_str()),
                SdkHmacError::RepeatedHeader(name) => text!(self, "bench-header-twice", name = name.as_str()),
                SdkHmacError::MalformedAccess => text!(self, "bench-app-key"),
                // Of a signature that came from elsewhere.
                other => text!(self, "bench-not-signed", reason = other.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
