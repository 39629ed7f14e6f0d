//! What kind of container a file is, by its first bytes, and what an archive says of its size before anybody unfolds it.

use super::SheetError;

/// What is inside an XLSX of 64 MiB, unfolded; text of a worksheet folds to about a tenth.
const MAX_UNFOLDED: u64 = 1024 * 1024 * 1024;

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
/// Length of the end record without its comment, which has at most 65,535 bytes.
const END_LENGTH: usize = 22;
const LONGEST_COMMENT: usize = 0xFFFF;

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// What Excel was before XLSX, and the shell round an XLSX with a password.
pub(super) fn is_compound_file(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

pub(super) fn of_compound_file(bytes: &[u8]) -> SheetError {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(name.len()).any(|window| window == name) { SheetError::Password } else { SheetError::OldExcel }
}

/// Refuses an archive that would unfold to more than memory is there for.
pub(super) fn check(bytes: &[u8]) -> Result<(), SheetError> {
    let broken = || SheetError::Broken { reason: "the end of the archive is missing".into() };
    let tail = bytes.len().saturating_sub(END_LENGTH + LONGEST_COMMENT);
    let last = bytes.get(tail..).unwrap_or_default();
    let end = last.windows(END_OF_DIRECTORY.len()).rposition(|window| window == END_OF_DIRECTORY).ok_or_else(broken)?;
    let start = number(last, end + 16, 4).ok_or_else(broken)?;
    let mut at = usize::try_from(start).map_err(|_| broken())?;
    let mut unfolded = 0_u64;
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(ENTRY)) {
        unfolded = unfolded.saturating_add(number(bytes, at + 24, 4).ok_or_else(broken)?);
        let name_and_notes = [28, 30, 32].into_iter().filter_map(|offset| number(bytes, at + offset, 2)).sum::<u64>();
        at = usize::try_from(name_and_notes).ok().and_then(|length| at.checked_add(46 + length)).ok_or_else(broken)?;
    }
    if unfolded > MAX_UNFOLDED { Err(SheetError::TooLarge) } else { Ok(()) }
}

/// Little-endian.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().rev().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive's directory alone, with one file of the given size.
    fn directory(size: u32) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([ENTRY, &[0; 20], &size.to_le_bytes(), &[1, 0], &[0; 16], b"x"].concat());
        bytes.extend([END_OF_DIRECTORY, &[0; 12], &4_u32.to_le_bytes(), &[0, 0]].concat());
        bytes
    }

    #[test]
    fn an_archive_that_would_unfold_to_gigabytes_is_refused() {
        assert_eq!(check(&directory(1024)), Ok(()));
        assert_eq!(check(&directory(1024 * 1024 * 1024)), Ok(()));
        assert_eq!(check(&directory(1024 * 1024 * 1024 + 1)), Err(SheetError::TooLarge));
        assert_eq!(check(&directory(u32::MAX)), Err(SheetError::TooLarge), "a size that stands elsewhere");
        assert!(matches!(check(b"PK\x03\x04cut"), Err(SheetError::Broken { .. })));
    }

    #[test]
    fn what_excel_was_before_is_told_from_a_password() {
        let magic = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        assert!(is_compound_file(&magic));
        assert_eq!(of_compound_file(&[&magic[..], b"W\0o\0r\0k\0b\0o\0o\0k\0"].concat()), SheetError::OldExcel);
        let name = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
        assert_eq!(of_compound_file(&[&magic[..], name].concat()), SheetError::Password);
    }
}
