-- Of a License that the product told as a file; `license` holds its bytes as base64 then.
ALTER TABLE license_application ADD COLUMN file_name TEXT;
