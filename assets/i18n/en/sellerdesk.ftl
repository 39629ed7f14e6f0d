# Texts of the window. KooGallery's own words stay as the console writes them; wire names are never translated.

## Places
place-overview = Overview
place-messages = Messages
place-instances = Instances
place-orders = Orders
place-refused = Refused calls
place-settings = Settings
open-settings = Open Settings

## Top
world-live = Live
world-live-meaning = Real orders
world-test = Test
world-test-meaning = Debugging calls of the seller console (testFlag 1). They never mix with live orders.
world-test-banner = Debugging calls
search-hint = Search order, instance, text
search-meaning = Order, order line or instance id, or a piece of text (Ctrl+F)
receiver-starting = Starting to receive
receiver-listening = Receiving at { $url }
receiver-listening-meaning = The receiver is running and answers KooGallery's calls.
receiver-elsewhere = Received by another Sellerdesk ({ $address })
receiver-elsewhere-meaning = Another Sellerdesk on this data directory already receives the calls. This window shows the same data and can retry.
receiver-failed = Not receiving
receiver-failed-meaning = No calls are received: { $reason }
receiver-cannot-bind = { $address } cannot be listened on: { $reason }. Choose another address under Settings.
receiver-cannot-lock = the lock file of the data directory cannot be used: { $reason }
receiver-bad-tls = the TLS certificate or key cannot be used: { $reason }. Check both under [receiver.tls].
receiver-no-threads = its threads cannot be started: { $reason }
receiver-ended = it ended: { $reason }
store-write-trouble = Nothing can be kept, so calls are answered with 000005: { $reason }
store-trouble = The database cannot be read: { $reason }
retrying = Retrying { $done } of { $all }
cancel-retries = Stop

## General
cancel = Cancel
close = Close
save = Save
edit = Edit
remove = Remove
loading = Loading …
rows-more = and { $count } more: show all
rows-more-some = and { $count } more: show { $some } of them
rows-fewer = show only the first { $count }
copied = Copied: { $what }
copy-what = Copy { $what }
address = Address
nothing-found = Nothing found for “{ $search }”
nothing-found-meaning = The search looks at order, order line and instance ids and at the text of messages, in this world only.
clear-search = Clear search

## Overview
no-key = No access key is set: every call is answered with 000001. Copy the key of the basic interfaces from the seller console.
set-key = Set the key
figure-failing = failing
figure-in-progress = in progress
figure-refused = refused calls
figure-failed-orders = failed, one product
figure-failed-orders-worst = Of the product with the most: { $product }
figure-failed-orders-meaning = Orders that failed for good in this calendar month of Beijing (the pages name no zone), as far as they came through here; one that began to fail last month counts where it is refunded. After more than five of one product KooGallery takes it off the shelf.
last-day = Last 24 hours: { $calls } { $calls ->
        [one] call
       *[other] calls
    }, { $failures } failed
plot-answered = answered
plot-failed = failed
needs-a-person = Needs you now
needs-nobody = Nothing. Every message is done or will be tried again by itself.
fill-in = Fill in access data

## Columns
column-state = State
column-activity = Activity
column-order = Order
column-exception = Exception
column-attempts = Attempts
column-last-attempt = Last attempt
column-received = Received
column-status = Status
column-instance = Instance
column-customer = Customer
column-product = Product
column-expires = Expires
column-created = Created
column-endpoint = Endpoint
column-caller = Caller
column-result-code = Result code
column-reason = Reason

## Messages
filter-all = All
filter-failing = Failing ({ $count })
filter-in-progress = In progress ({ $count })
count-messages = { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
count-instances = { $count ->
        [one] { $count } instance
       *[other] { $count } instances
    }
retry = Retry
retry-meaning = Does the message again with the stored request, as if KooGallery had just called. If it succeeds, KooGallery's next call is answered from the result.
retry-all-shown = Retry all shown
retry-all-shown-meaning = Retries everything in this list that has not succeeded, oldest first.
retry-all-question = Retry every failing message of this list?
retry-count-question = Retry { $count ->
        [one] this message
       *[other] these { $count } messages
    }?
retry-marked = Retry { $count } marked
unmark = Unmark
mark-message = Mark { $name }
no-messages = No calls yet
no-messages-meaning = Set the access key, enter the production address in the seller console under 生产地址管理, and run its debugging (调测): the first call then appears here. Debugging calls are in the world “Test”.
nothing-failing = Nothing here
nothing-failing-meaning = No message of this kind. That is how it should be.

## Instances
no-instances = No instances yet
no-instances-meaning = An instance appears when a buyer's purchase (newInstance) comes in.

## States
state-succeeded = Succeeded
state-succeeded-meaning = Done, and answered with 000000.
state-in-progress = In progress
state-in-progress-meaning = Accepted, not finished: the product or the operator still works on it.
state-failing = Failing
state-failing-meaning = The last attempt failed; KooGallery still calls again by itself.
state-stopped = Stopped
state-stopped-meaning = Not done in time, and KooGallery no longer calls by itself.
status-provisioning = Provisioning
status-given-up = Not provisioned
status-given-up-meaning = KooGallery calls no more by itself for this purchase, which was not done in time. The message tells what follows and what can be done.
status-active = Active
status-frozen = Frozen
status-released = Released
status-failed = Failed
origin-koogallery = KooGallery called
origin-operator = Operator
origin-automatic = Automatic attempt

## Activities
activity-new-instance = Purchase
activity-refresh-instance = Renewal or change of the period
activity-update-instance-status = Freeze or unfreeze
activity-upgrade-instance = Upgrade
activity-release-instance = Release
activity-query-instance = Query of access data
activity-change-instance-check = Check before a change
activity-order-notify = Order notification
activity-license-activate = Activate authorization code
activity-license-heartbeat = Query authorization code
activity-license-usage = Report use of authorization code
activity-order-query = Query order
activity-usage-data = Push usage
activity-upload = Upload License
activity-expire-instance = Expiry
activity-instance-status = Change of the resource's state
activity-get-license = Purchase of a License
activity-refresh-license = Renewal of a License
activity-expire-license = Expiry of a License
activity-release-license = Release of a License
activity-get-license-async = Application for a License
activity-refresh-license-code = New validity of a license code
activity-update-license-code-status = Change of a license code's state
activity-release-license-code = Release of a license code
activity-tenant-sync = Organisation
activity-application-sync = Application of an organisation
activity-auth-sync = Users and their authorizations
activity-single-org-sync = One department
activity-all-org-sync = All departments
activity-unknown = Not known to this version

## Why an attempt failed
exception-unknown-instance = Instance { $instance } is not known here. The message is done by itself once the instance appears.
exception-instance-released = Instance { $instance } is released and can no longer be changed. Compare the order with the seller console.
exception-still-provisioning = Instance { $instance } is still being provisioned. The message is done by itself once that is done.
exception-unknown-activity = The activity { $activity } is not known to this version. Handle it in the seller console.
exception-unknown-status = The status { $status } is not known to this version. Set the instance's status by hand.
exception-license-released = The license code { $license } is released and can no longer be changed. Compare the order with the seller console.
exception-waits-for-upload = Accepted. Waits for the License to be uploaded.
exception-no-license = The product told no license, and this purchase needs one. Have your product tell it, or upload it, then retry.
exception-no-front-end-url = The product told no frontEndUrl, and a purchase needs one. Have your product tell it, or fill in the access data, then retry.
exception-client-secret = The clientSecret of the application { $app } cannot be opened: { $reason }. Set the RSA private key in Settings, then retry.
secret-no-key = no RSA private key is set
secret-bad-key = the RSA private key cannot be used
secret-no-base64 = the value is not base64
secret-other-key = it was encrypted for another key
exception-unknown-flag = The flag { $flag } is not known to this version. Nothing was changed. Look for a newer Sellerdesk.
exception-made-up-instance = Instance { $instance } is not known. A debugging call is answered in full all the same.
exception-overtaken-sync = A newer synchronisation of the same was done before. Nothing was changed.
exception-partly-overtaken-sync = A newer synchronisation told of { $count } of these before. They stay as they are.
exception-waits-for-operator = Waits for you to fill in the access data.
exception-webhook-working = The webhook is still working on it.
exception-webhook-slow = The webhook did not answer within { $millis } ms. It goes on in the background.
exception-webhook-unreachable = The webhook cannot be reached: { $reason }
exception-webhook-status = The webhook answered with HTTP { $status }: { $excerpt }
exception-webhook-malformed = The webhook's answer cannot be read: { $reason }. Mend what your backend answers, then retry.
answer-too-long = it is longer than { $max } bytes
answer-other-instance = it is about instance { $told }, asked was { $asked }
answer-result-code = the resultCode { $code } is not six digits
answer-license-text = “license” has { $length } characters; KooGallery takes 1 to { $max }, and longer ones as “licenseFile”
answer-license-file-name = “licenseFile.name” has { $length } characters; KooGallery takes 1 to { $max }
answer-license-file-base64 = “licenseFile.base64” is no base64: { $reason }
answer-license-file-length = “licenseFile” has { $length } bytes; KooGallery takes 1 to { $max }
answer-two-licenses = It has both “license” and “licenseFile”; one License is handed over
answer-license-file-not-asked = “licenseFile” is taken with getLicenseAsync alone
answer-no-json = it is not the JSON that is expected ({ $said })
exception-refused = The product refused with { $code }: { $message }
exception-field-too-long = { $field } has { $length } characters; KooGallery takes at most { $max }. Have your product tell a shorter one, then retry.
exception-endpoint-gone = The endpoint { $endpoint } is no longer in the configuration. Add it again in Settings, then retry.
exception-interrupted = The program ended while it worked on this. Retry.
exception-maybe-done = The program ended while this was being sent, and KooGallery cannot be asked whether it took it. Look in the seller console; Retry sends it once more.
exception-batch-divided = The request that it was part of was refused because of one of its codes; it is divided and sent again.

## What is wrong with usage records
usage-missing = { $column } is missing.
usage-too-long = { $column } has { $length } characters; KooGallery takes at most { $max }.
usage-no-time = { $column } is “{ $text }”, which is no time. Write it as 2022-08-09T16:00:00+08:00.
usage-no-zone = { $column } is “{ $text }”, which does not say in which time zone. Add +08:00 or Z, or choose a zone for all of them.
usage-ambiguous-time = { $column } is “{ $text }”, which is there twice or never in { $zone }, where clocks were changed. Add the offset.
usage-fraction-of-second = { $column } has fractions of a second; KooGallery takes whole seconds.
usage-no-number = usageValue is “{ $text }”, which is no number. Write it as 12.5, without thousands separators.
usage-not-positive = usageValue is “{ $text }”; it has to be greater than 0.
usage-too-precise = usageValue is “{ $text }”; KooGallery takes at most { $max } decimals.
usage-end-before-begin = endTime is before beginTime.
usage-end-in-future = endTime is { $seconds } s ahead; a record is taken once its period is over.
usage-too-old = beginTime is { $days } days ago; KooGallery takes records of the last { $max } days.
usage-same-period = Instance and period are those of record { $first }; KooGallery takes the first one alone.
usage-same-metering-sn = meteringSn is that of record { $first }; every record needs one of its own.
usage-late-hourly = { $minutes } min late: use that is billed by the hour is to be reported within 2 h.
usage-late-daily = { $minutes } min late: after 01:00 (Beijing) of the next day its charge moves one day.

## Why a call was refused
rejection-missing-parameter = The call has no { $parameter }. KooGallery always sends it: look whether a proxy in between drops it.
rejection-malformed-timestamp = timestamp is no number of milliseconds. KooGallery always sends one: look whether a proxy in between changes it.
rejection-behind = The caller's clock is { $seconds } s behind this computer's; at most 60 s are allowed. Check this computer's time.
rejection-ahead = The caller's clock is { $seconds } s ahead of this computer's; at most 60 s are allowed. Check this computer's time.
rejection-no-key = No access key of the class { $class } is set. Set it in Settings.
rejection-mismatch = The signature does not match the access key of the class { $class }. Compare the key with the seller console.
rejection-wrong-key-class = { $activity } was signed with the access key of the class { $used }, it needs the one of the class { $wanted }. Bind that one to the interface in the seller console (密钥管理).
rejection-replayed = The nonce was used before: the call is a replay. Nothing was done because of it.
rejection-malformed = The call cannot be understood: { $reason }

## What it costs if nothing is done
cost-refund = KooGallery calls again until { $time }. After that the order is refunded and counts as failed.
cost-refund-over = KooGallery stopped calling at { $time }: the order is refunded and counts as failed.
cost-renewal = KooGallery calls again until { $time }. After that the buyer has paid for a renewal that the product does not honour.
cost-renewal-over = KooGallery stopped calling at { $time }: the buyer has paid for a renewal that the product does not honour.
cost-unpaid-use = KooGallery calls again until { $time }. After that the buyer goes on using what is not paid for.
cost-unpaid-use-over = KooGallery stopped calling at { $time }: the buyer goes on using what is not paid for.
cost-order-unnoticed = KooGallery calls again until { $time }. After that the order is not notified again.
cost-order-unnoticed-over = KooGallery stopped calling at { $time }: the order is not notified again.
cost-license = KooGallery calls again until { $time }. After that the License has to be delivered by hand in the seller console.
cost-license-over = KooGallery no longer calls by itself: deliver the License by hand in the seller console, or press 重新启动 there.
cost-organisation = KooGallery does not call again by itself. The organisation's administrator decides on another try; until then it is known here as it was.
cost-buyer-sees-nothing = The buyer sees no access data, or cannot change the instance.
failed-orders-so-far = { $failed } of { $allowed } failed orders of this product this month
restart-in-console = After a successful retry, press 重新启动 at this message in the seller console, so that KooGallery calls once more and learns of the result.
open-console = Open the console

## Detail
detail-message = Message
detail-instance = Instance
detail-order = Order
open-order = Open order
detail-gone = No longer in the database.
open-instance = Open instance
message-number = Number
timeline = Timeline
attempt-runs = running
call-says = What the call says
call-says-new = new to this version
call-says-new-meaning = Kept as it came. Nothing was done because of it.
call-says-encrypted = Encrypted; no Key of V1 that is set here opens it
call-says-decrypted = Decrypted for this view. It is kept encrypted.
request-and-answer = Request and answer
request-query = Query of the request
request-body = Body of the request
answer = Answer (credentials masked)
computed-over = What the signature was computed over (key masked)
request-forgotten = Done so long ago that request and answer are no longer kept.
no-request = No call started this attempt.
access-data = Access data
reveal = Show password
reveal-license = Show license

## Fulfilment by hand
fulfil-title = Fill in the access data
fulfil-meaning = The buyer sees it in the order's resource details as soon as KooGallery queries the instance.
fulfil = Provision
fulfil-license-hint = only where a license was bought
fulfil-needs-url = The front-end address is needed.

## Results
toast-retried = Message { $id }: { $result }
toast-retries-done = Retries done: { $succeeded } succeeded, { $running } in progress, { $failed } failed, { $cancelled } not tried
toast-fulfilled = Instance { $instance } is provisioned.
toast-fulfil-refused = Instance { $instance } was not provisioned: { $reason }
toast-key-set = Set: { $class }
toast-key-removed = Removed: { $class }
toast-old-key-ended = The old key is valid no more: { $class }
toast-ended-keys-forgotten = The ended keys are forgotten: { $class }
toast-rsa-key-set = The RSA private key is set.
toast-rsa-key-removed = The RSA private key is removed.
toast-webhook-secret = The webhook secret of { $endpoint } is on the clipboard.
toast-client-secret = The clientSecret of { $app } is on the clipboard.
toast-settings-saved = Saved.
retry-succeeded = succeeded
retry-already-succeeded = had succeeded before, nothing was done
retry-failed = failed again. { $reason }
retry-busy = is being worked on just now
retry-gone = no longer exists

## Refused calls
refused-meaning = Calls with a wrong signature, key or time. They are no messages and change nothing; the newest thousand are kept.
nothing-refused = No refused calls
nothing-refused-meaning = Every call so far had a valid signature.
refused-cause = Likely cause: { $what }
refused-no-cause = None of what was tried explains the signature.
refused-signature-holds = The signature itself is right.
refused-not-looked-into = The signature was not looked into: too many calls were refused at that moment.
refused-tried = Tried, one by one
refused-yes = yes
refused-no = no
refused-scheme = Scheme
refused-difference = First difference, at character { $position }
refused-expected = By the rules
refused-signed = As signed
presented-signature = Signature as presented
scheme-url = V2.0, signature in the URL
scheme-kit-headers = kit V2.0, header x-sign
scheme-auth-token = V1.0, authToken in the URL
scheme-kit-auth-token = kit V1.0, header authToken
tried-misspelt-parameter = { $wanted } came as { $found }
tried-seconds = seconds taken for milliseconds
tried-date = a date written out instead of milliseconds
tried-time-zone = the clock off by a time zone
tried-time-zone-behind = the caller's clock is { $hours } h { $minutes } min behind: a time zone
tried-time-zone-ahead = the caller's clock is { $hours } h { $minutes } min ahead: a time zone
tried-clock-behind = the caller's clock off ({ $seconds } s behind)
tried-clock-ahead = the caller's clock off ({ $seconds } s ahead)
tried-base64-for-hex = the signature in base64 instead of hex
tried-hex-for-base64 = the signature in hex instead of base64
tried-signature-wrapped = blanks or quotes around the signature
tried-lost-plus = a + of authToken sent unescaped, and so read as a blank
tried-base64-alphabet = URL-safe base64, or base64 without padding
tried-letter-case = the signature in another letter case
tried-encoded-twice = the signature URL-encoded twice
tried-key-all = the key “{ $class }”, for all endpoints
tried-key-endpoint = the key “{ $class }” of the endpoint { $endpoint }
tried-old-key-all = the old key “{ $class }”, for all endpoints
tried-old-key-endpoint = the old key “{ $class }” of the endpoint { $endpoint }
tried-ended-key-all = an old key “{ $class }” that was replaced or ended
tried-ended-key-endpoint = an old key “{ $class }” of the endpoint { $endpoint } that was replaced or ended
tried-key-with-blank = the right key with a blank or line break at its end
tried-key-without-time-stamp = the Key alone, without timeStamp behind it
tried-body-anew = the body written anew (compact, sorted, indented, spaced, escaped, line break at its end)
tried-body-ends = the body with white space at its ends put in or taken out
tried-body-compact = the body written anew, without blanks
tried-body-sorted = the body written anew, with sorted names
tried-body-descending = the body written anew, with names sorted from Z to A
tried-body-pretty = the body written anew, indented over several lines
tried-body-spaced = the body written anew, with a blank behind each comma and colon
tried-body-escaped = the body written anew, with \uXXXX for what is not ASCII
tried-body-slashes = the body written anew, with \/ for /
tried-member-added = a member of the body that was added behind the signature
tried-this-member-added = { $name } added to the body behind the signature
tried-member-lost = a member of the body that was signed and did not arrive
tried-this-member-lost = { $name } signed in the body, but not arrived
tried-part-left-out = access key, nonce or timestamp left out of the text
tried-this-part-left-out = { $part } left out of the text
tried-parts-swapped = timestamp before nonce
tried-inner-without-key = the body's digest made without the key
tried-inner-upper-case = the body's digest in upper-case hex
tried-other-formula = the formula of another kind of interface
tried-plus-kept = + signed as it stands, not as the blank that it means
tried-values-encoded = values signed as they are URL-encoded
tried-not-sorted = names not sorted, or sorted regardless of letter case
tried-empty-left-out = parameters without value left out
tried-empty-kept = members without value signed too
tried-not-signed = a parameter that was not signed
tried-this-not-signed = { $name } not signed
tried-missing = a parameter that was signed and did not arrive
tried-this-missing = { $name } signed, but not arrived
remedy-name = Write the name exactly so; letter case counts.
remedy-seconds = Send and sign the timestamp in milliseconds, 13 digits.
remedy-date = Send and sign milliseconds since 1970 in UTC, 13 digits.
remedy-time-zone = Take the time in UTC on both sides, and check the time zone of this computer.
remedy-clock = Set the clock of this computer and the caller's by a time server.
remedy-hex = Write the signature in hex, 64 characters.
remedy-base64 = Write the signature in standard base64 with + and / and padding, 44 characters.
remedy-wrapped = Send the bare signature.
remedy-encode-once = URL-encode authToken once: + as %2B, / as %2F, = as %3D.
remedy-letter-case = Leave the letter case of base64 as it is; find what changes it between the caller and here.
remedy-key = Compare which key the seller console binds to this interface and endpoint, and set that one here.
remedy-old-key = The caller holds on to an old key: give it the one that this interface and endpoint have now.
remedy-key-with-blank = Copy the key at the caller again, without what follows it.
remedy-time-stamp = Sign with Key and timeStamp, joined without anything between them.
remedy-body = Sign exactly the bytes that are sent; look for a proxy or program that rewrites JSON on the way.
remedy-member-added = Look for what adds the member behind the caller’s signature, or sign it.
remedy-member-lost = Look for a proxy or program that drops the member on the way, often one that is empty.
remedy-parts = Sign accessKey, nonce, timestamp and body, in this order, with nothing between them.
remedy-inner = Take HMAC-SHA256 with the access key for the body's digest too, in lower-case hex.
remedy-formula = Take the formula of this interface, as it is told here.
remedy-plus = Sign decoded values, and write a + that is one as %2B.
remedy-decoded = Sign decoded values.
remedy-sort = Sort by name, upper case before lower case.
remedy-empty-left-out = Sign parameters without value too, as name=.
remedy-empty-kept = Leave members that are null or empty out of the signed text.
remedy-not-signed = Look for what adds the parameter behind the caller's signature, or sign it.
remedy-missing = Look for a proxy that drops the parameter on the way.
next-missing-parameter = Look at the request as it came: a proxy may drop parameters or headers, or the caller calls by the rules of another version.
next-malformed-timestamp = Send milliseconds since 1970, 13 digits.
next-stale = Set this computer's clock and the caller's by a time server, and compare their time zones.
next-no-key = Copy the key from the seller console, set it here, then call again.
next-mismatch = Copy the key from the seller console again, and compare the text that the caller signed with the one told here.
next-wrong-key-class = In the seller console, bind the right key to this kind of interface, or set that key here for the class that is wanted.
next-replayed = Nothing, if the call came once before; a caller who tries again takes a new nonce.
next-malformed = Compare the request with the interface's page; a program that is tested here must be mended there.
next-other = Look at the request as it came.

## Settings
settings-keys = Access keys
settings-keys-meaning = From the seller console, one for each class of interface. Keys are kept sealed and never shown again.
key-base = Basic interfaces (base)
key-kit = Joint-operation SaaS synchronisation (kit)
key-license = License code delivery (license)
key-general = General interfaces (general)
key-v1 = Key of the access guide V1.0 (v1)
key-is-set = set
key-is-missing = missing
key-is-optional = not set
key-hint = Paste the access key
key-replace-hint = Paste a new key to replace it
key-save = Save key
key-from-environment = From the environment of this process
key-from-keychain = In the sealed file, opened with the system's keychain
key-from-file = In the sealed file, opened with a key file beside it
key-remove-question = Remove the key “{ $class }”? Calls that are signed with it will be refused.
key-remove-both-question = Remove the key “{ $class }” and the old one with it? Calls that are signed with either will be refused, and those that ended are forgotten.
key-keep-old = Keep the old key valid until I end it
key-old-stays = The old key stays valid; the new one replaces the one that is current now. End the old one first to keep that.
key-old-valid = Old key still valid since { $time }
key-end-old = End the old key
key-end-old-of = End the old key: { $class }
key-end-old-question = End the old key “{ $class }”? Calls that are signed with it will be refused from then on. It stays sealed, so that those calls can be explained, until you let it be forgotten.
key-ended-kept = Ended keys kept to explain refused calls: { $count }
key-ended-meaning = Up to four keys that were replaced or ended. They open nothing; they only tell when a refused call was signed with one.
key-forget-ended = Forget them
key-forget-ended-of = Forget the ended keys: { $class }
key-forget-ended-question = Forget the ended keys “{ $class }”? A refused call can then no longer be recognised as signed with one of them.
rsa-key = RSA private key (kit)
rsa-key-meaning = Decrypts the clientSecret of the application synchronisation. PKCS#8 in PEM without a password, 3072 bits or more. It is kept sealed and never shown again.
rsa-key-set = Set
rsa-key-set-name = Set the RSA private key
rsa-key-replace = Replace
rsa-key-replace-name = Replace the RSA private key
rsa-key-pem = Private key in PEM
rsa-key-hint = Paste from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----
rsa-key-save = Save private key
rsa-key-remove = Remove the RSA private key
rsa-key-remove-of = Remove the RSA private key of { $endpoint }
rsa-key-remove-question = Remove the RSA private key? A clientSecret that comes in later cannot be decrypted without it.
settings-endpoints = Endpoints
settings-endpoints-meaning = Each production address has a path of its own, and a way in which purchases are provisioned.
endpoint-add = Add an endpoint
endpoint-edit = Edit { $name }
endpoint-remove = Remove { $name }
endpoint-remove-question = Remove the endpoint { $name }? Calls to its path will no longer be answered, and keys of its own and its webhook secret are removed. Its messages stay.
endpoint-name = Name
endpoint-path = Path
endpoint-fulfilment = Fulfilment
endpoint-encrypt-type-meaning = With what userName and password are encrypted in answers to V1; as 敏感信息加密算法 says at the product.
endpoint-body-sign = Sign answers to V2 too
endpoint-body-sign-meaning = Answers to V1 are always signed. For V2 the pages contradict each other; a signature does no harm.
fulfilment-template = Template
fulfilment-template-meaning = Every purchase is provisioned at once with the same text; {"{"}instanceId{"}"} stands for the instance.
fulfilment-manual = By hand
fulfilment-manual-meaning = A purchase waits until an operator fills in the access data.
fulfilment-webhook = Webhook
fulfilment-webhook-meaning = Your backend is asked over HTTP, signed as the Standard Webhooks convention says.
template-meaning = {"{"}instanceId{"}"}, {"{"}orderId{"}"} and {"{"}orderLineId{"}"} are replaced.
webhook-url = Address of your backend
webhook-timeout = Wait at most
webhook-secret = Copy secret
webhook-secret-meaning = Copies the whsec_ secret with which your backend verifies the webhook.
settings-receiver = Receiver
settings-listen = Listen at
settings-listen-invalid = An address and a port, such as 127.0.0.1:8480.
settings-listen-meaning = KooGallery calls over HTTPS: put a TLS proxy in front, or name certificate and key under [receiver.tls] in config.toml.
settings-data-dir = Data directory
settings-backup = Backup
settings-backup-meaning = Database, configuration, holidays and the sealed keys as one file, made while calls come in. What opens the keys (seal.key, or the keychain's entry) is not in it: keep it apart. Put back with “sellerdesk restore”.
settings-backup-file = Into file
settings-back-up = Back up
settings-backing-up = Backing up…
settings-history = Requests and answers of what is done: kept for { $days } days.
settings-history-meaning = After the last attempt; texts_days under [history] in config.toml says how long. That it was done, when, and what came of it stays. Of what is unfinished nothing is forgotten.
settings-window = Window
settings-language = Language
settings-theme = Theme
as-the-system = As the system
theme-light = Light
theme-dark = Dark

## The desk cannot be opened
trouble-title = Sellerdesk cannot start
trouble-meaning = Nothing was changed. Mend what the sentence says and start again.
trouble-copy = Copy

## Orders
count-orders = { $count ->
    [one] { $count } order line
   *[other] { $count } order lines
}
no-orders = No orders yet
no-orders-meaning = An order appears with the first call that names it. With the seller's AK and SK set under Settings, what the calls leave out (product, customer, period) is queried at KooGallery by itself.
no-orders-of-status = No order has this status
order-status-all = All
order-status-meaning = 订单状态, from the result of its call and its service supervision, or else as an imported table told it.
column-order-type = Order type
column-charging-mode = Charging mode
column-order-status = Status
column-quantity = Quantity
column-ordered = Ordered
query-orders-shown = Query all shown
query-orders-marked = Query { $count } selected
query-orders-meaning = Asks KooGallery about each of these orders (order/query)
query-order = Query order
query-order-meaning = Asks KooGallery about this order (order/query)
queried-at = last asked
never-queried = KooGallery was not asked about it yet
order-period = Period
period-years = { $count ->
    [one] { $count } year
   *[other] { $count } years
}
period-months = { $count ->
    [one] { $count } month
   *[other] { $count } months
}
period-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
order-type-new = New
order-type-trial = Trial
order-type-trial-to-formal = Trial to commercial use
order-type-unsubscribe = Unsubscription
order-status-processing = Processing
order-status-completed = Completed
order-status-under-review = Under review
order-status-unpaid = Unpaid
order-status-cancelled = Cancelled
order-type-renew = Renewal
order-type-change = Change
charging-mode-on-demand = Pay-per-use
charging-mode-one-time = One-time
charging-mode-period = Yearly/monthly
charging-mode-package = Pay-per-use package

## KooGallery's open APIs: what went wrong, and what to do
access-key = AK and SK (open APIs)
access-key-meaning = With the seller's access keys (My Credentials > Access Keys) Sellerdesk activates authorization codes, queries orders and uploads Licenses at KooGallery. They are kept sealed; the SK is never shown again.
access-key-is-set = { $ak }
access-key-set-name = Set AK and SK
access-key-replace-name = Replace AK and SK
access-key-save = Save AK and SK
access-key-remove = Remove AK and SK
access-key-remove-question = Remove AK and SK? Nothing can be asked of KooGallery without them.
toast-access-key-set = AK and SK are set.
toast-access-key-removed = AK and SK are removed.
fault-no-access-key = AK and SK are not set. Set them under Settings, then retry.
fault-no-base-key = The access key of the basic interfaces is not set; usage is signed with it. Set it under Settings, then retry.
fault-unreachable = { $host } cannot be reached ({ $reason }). Check the network; what waits to be sent is tried again by itself.
fault-certificate = The certificate of { $host } is not trusted, so nothing was sent: { $reason }. A proxy that looks into TLS does this.
fault-timed-out = { $host } did not answer within { $seconds } s. Whether it took the request is not known. It is asked about before anything is sent again, where that can be.
fault-cut-off = The connection to { $host } broke off before the answer was complete. Whether it took the request is not known.
obstacle-no-certificate = it shows none
obstacle-expired = it has expired
obstacle-expired-on = it expired on { $day }
obstacle-not-valid-yet = it is not valid yet
obstacle-valid-from = it is valid from { $day } only
obstacle-other-names = it is made out for { $names }
obstacle-other-host = it is made out for another host
obstacle-unknown-issuer = nobody whom this computer trusts has issued it
obstacle-wrong-issuer = it is not signed by whom it names as its issuer
obstacle-not-for-servers = it is not made for a server
obstacle-revoked = it is revoked
obstacle-no-tls = it does not speak TLS there; a proxy of plain HTTP may be in between
obstacle-old-tls = it speaks no version of TLS that is taken here, 1.2 or later
obstacle-tls-failed = TLS failed, { $said }
obstacle-refused = the connection was refused, nobody listens there
obstacle-reset = the connection was reset
obstacle-slow = it took too long
obstacle-no-route = no way leads there, the network may be down
obstacle-name-unknown = the name is not known ({ $said })
obstacle-no-host = no host is configured
obstacle-no-webhook = the endpoint { $endpoint } has no [endpoint.webhook]
obstacle-no-secret = the webhook secret cannot be used: { $said }
fault-not-understood = What answered with HTTP { $status } is not KooGallery, a proxy perhaps: { $excerpt }
fault-clock-behind = This computer's clock is { $minutes } minutes behind KooGallery's, so every signature is refused. Set the clock, then retry.
fault-clock-ahead = This computer's clock is { $minutes } minutes ahead of KooGallery's, so every signature is refused. Set the clock, then retry.
code-throttled = KooGallery takes no more calls for now; it is tried again by itself
code-internal-error = KooGallery failed; it is tried again where that does no harm
code-unavailable = KooGallery's gateway does not reach its own service; it is tried again where that does no harm
code-invalid-request = KooGallery takes a parameter for wrong, missing or too long; check the value
code-license-illegal-state = The code is in no state that allows this; mostly it was activated before. Query it to see
code-license-not-received = The buyer has not received the code yet: ask them to press “Receive” (领取) under service supervision (服务监管), then retry
code-license-unknown = KooGallery knows no such code; compare it with the buyer's, letter by letter
code-license-not-activated = The code is not activated yet; activate it first
code-license-batch-invalid = The list names a code that cannot be activated; it is divided until that one is found
code-license-resource-invalid = The License resource cannot be used; look at the order in the seller console
code-license-application-invalid = The application for this License is not valid any more; look at the order in the seller console
code-license-nothing-left = Nothing is left of this License resource for the period
code-license-malformed = KooGallery takes this for no License; check the format that was agreed
code-license-application-denied = The application was refused before; look at it in the seller console
code-not-allowed = The owner of AK and SK may not do this: the order or instance is another seller's, or the IAM user needs programmatic access (编程访问)
code-not-authenticated = KooGallery does not accept AK and SK; copy both again from My Credentials
code-base-key-refused = KooGallery does not accept the access key of the basic interfaces, with which this call is signed; copy it again from Key Management (密钥管理) and set it under Settings
code-signature-expired = The signature came too late; check this computer's clock
code-instance-unknown = KooGallery knows no such instance; check the instance id
code-usage-invalid = KooGallery takes a usage record for wrong; compare its times, amount and instance
code-usage-too-many = Too many usage records in one call; send at most 1,000 at once
code-usage-too-old = A usage record begins more than 21 days ago and is no longer taken
code-no-such-interface = There is no such interface at this address; check site and base_url under [marketplace]
code-unknown = KooGallery refused; what it said stands behind
exception-usage-refused = KooGallery did not take { $count } of the usage records, the first ({ $sn }) because: { $code }
exception-usage-unmatched = KooGallery did not take { $count } of the usage records ({ $code }), and it cannot be told which. Look under 话单管理; Retry sends those in doubt once more, and what is there already counts once.
code-gateway-broken = KooGallery's gateway is set up wrong for this interface; nothing is wrong with the request. It is tried again where that does no harm
code-too-large = The request is too large for the gateway: it takes 12 MB in a body, 32 KB in an address or a header
code-protocol-not-supported = The gateway does not take this protocol: HTTPS with TLS 1.2 or newer is needed
code-address-denied = The gateway keeps this computer's IP address out; ask the API's provider for its access list
exception-usage-too-old = { $count } of the usage records were left out, the first is { $sn }: they begin more than 21 days ago, and KooGallery takes those no more
exception-use-not-counted = KooGallery took the report, but names this code among those that did not pass its check. Query the code to see how it stands.
exception-push-goes-on = KooGallery refuses this push as a whole because of some of its records, and not all of these are found yet. The search goes on by itself.
exception-use-replaced = A newer number of active clients was reported for this code, so this one is not sent any more.
exception-use-day-over = The day (UTC) that this report is about is over, and KooGallery counts a report for the day on which it arrives. It was not sent.
usage-code-instance-unknown = KooGallery knows no such instance; check the instance id
usage-code-time-format = a time has not the form that KooGallery wants; correct the record
usage-code-usage = the amount is not taken; it has to be greater than 0, with at most 4 decimals
usage-code-sn-missing = the record has no meteringSn; correct the record
usage-code-sn-repeated = another record has the same meteringSn; correct the record and give it one of its own
usage-code-withdrawn = the product was withdrawn; nothing more is billed for it
usage-code-expired = the record came too late, its time is over
usage-code-other-seller = the instance is another seller's; check the instance id, and for which seller the keys are
usage-code-duplicate = the period is there already; KooGallery takes each period of an instance once
usage-code-time-range = the period is outside of the instance's life, or in the future
usage-code-not-pay-per-use = the instance is not billed by use
usage-code-instance-state = the instance is frozen or released; send the record again once that is mended
usage-code-unknown = KooGallery refused it with the code { $code }
usage-code-call = KooGallery takes no call with this record in it ({ $code }); check its values

## Handing over a License by hand
upload-title = Hand over the License
upload-meaning = The buyer applied for a License. Paste it, or name its file: it is uploaded to KooGallery (market-event/file), which gives it to the buyer.
upload-text = License text
upload-file = License file
upload-send-text = Upload text
upload-send-file = Upload file
toast-handed-over-before = A License was handed over for this application at { $time } already; this one was not sent.

## Debugging of callbacks, probes, what a retry would change
place-debugging = Debugging
debug-callbacks = Callbacks
debug-meaning = Calls a production address as KooGallery does and holds the answer against the rules of the console's page 接口调试 (Interface Debugging).
debug-other-address = Another address…
debug-generation = Guide
generation-v2 = SaaS V2.0
generation-v1 = SaaS V1.0
generation-license = License 1.0
generation-codes = License codes 2.0
generation-kit = Kit V2.0
generation-kit-v1 = Kit V1.0
generation-order-notify = Order notification
debug-key = Key
debug-key-hint = the one that is set: { $class }
debug-key-meaning = Signs this call and is kept nowhere. Leave it empty for the key under Settings.
debug-test-flag = testFlag 1: a debugging call
debug-test-flag-meaning = With it nobody does business: the seller answers in full and starts nothing.
debug-no-key = No key is set for { $class }. Set it under Settings, or fill it in here.
debug-not-listening = The receiver is not listening, so its own addresses cannot be called.
debug-new-field = Another field
debug-add-field = Add field
debug-add-field-meaning = Whatever KooGallery may send too. A field without a value is not sent.
debug-remove-field = Remove { $field }
debug-send = Sign and call
debug-copy-curl = Copy as curl
debug-reset = Preset values
debug-case-name = Case
debug-save-case = Save as case
debug-save-case-meaning = Keeps address and values under this name. Save the same values as in the console, and KooGallery's probes are known by them.
debug-request = The signed request
debug-live-question = Without testFlag this { $activity } is real business for who is called. Call?
debug-live-cases-question = { $count ->
    [one] { $count } case goes
   *[other] { $count } cases go
} without testFlag, which is real business for who is called. Call?
debug-passed = Passed
debug-in-progress = Passed, 000004
debug-failed = Failed
debug-not-run = Not run
debug-slow = KooGallery's own calls wait { $seconds } s; this one took longer.
debug-sent = What was sent
rule-kept = kept
rule-broken = broken
rule-not-looked-at = not looked at
rule-reachable = The address can be reached
rule-in-time = It answers in time
rule-http-status = The HTTP status is 200
rule-content-type = Content-Type is application/json
rule-body-sign = The header Body-Sign signs the body
rule-readable = The body is JSON with resultCode (6 characters) and resultMsg (at most 255)
rule-result-code = resultCode is 000000, or 000004 where that may be answered
rule-fields = What the activity has to tell is there (newInstance: instanceId; V1 also frontEndUrl)
rule-credentials = User name and password can be decrypted with the Key
rule-lengths = No field is longer than KooGallery takes
debug-cases = Cases
debug-run-all = Run all
debug-running = { $done } of { $all }
debug-stop = Stop
debug-no-cases = None is saved yet. A saved case can be run again after every change, and shows when KooGallery probes it.
debug-run = Run
debug-run-case = Run { $case }
debug-open = Back into the form
debug-delete = Delete
debug-delete-case = Delete { $case }
debug-delete-question = Delete the case “{ $case }” and the { $count ->
    [one] run
   *[other] { $count } runs
} of it?
debug-history = History ({ $count })
debug-without-case = Calls outside a case ({ $count })
toast-case-saved = Case “{ $name }” saved
toast-case-deleted = Case deleted
toast-cases-ran = { $passed } passed, { $failed } failed, { $left } not called
probes = Probes (拨测)
probes-meaning = Each morning and afternoon KooGallery calls the debugging cases of every product on sale by itself. Those that are saved here with the same values are known again.
probe-watch = Tell me when none comes:
probe-watch-auto = once one was seen
probe-watch-on = from now on
probe-watch-off = never
probe-last = The last one came
probe-none-seen = None was seen yet.
probe-of-case = { $count ->
    [one] Probed once:
   *[other] Probed { $count } times, last:
}
probe-failing = KooGallery's probe of “{ $case }” ({ $activity }) fails, day { $days }. After { $allowed } days in a row trade with the product is suspended.
probe-failing-unsaved = KooGallery's probe of { $activity }, which is saved here as no case, fails, day { $days }. After { $allowed } days in a row trade with the product is suspended.
probe-notice = Probes (拨测)
probe-missing = KooGallery has probed no saved case for { $hours } hours. Is the product still on sale, the address reachable, a call refused?
foresee = What would change
foresee-meaning = Shows what a retry would do, and does nothing.
foresee-asks-nobody = A retry would ask nobody.
foresee-asks-product = A retry would call the webhook { $url }.
foresee-asks-koogallery = A retry would ask KooGallery: { $interface }.
foresee-if-done = If the product does it:
foresee-depends = What follows depends on what the product tells.
foresee-answer = KooGallery would be answered
foresee-nothing = Nothing would be changed.
foresee-created = New
foresee-changed = Changed
foresee-waiting = { $count ->
    [one] { $count } message waits
   *[other] { $count } messages wait
} for the instance and would be done next.
entity-organisation = Organisation
entity-application = Application for a License
foresee-removed = Removed
foresee-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more; `sellerdesk retry --dry-run` tells them all
}
entity-organisation-application = Application
entity-department = Department
entity-user = Person
probe-refused = A probe of “{ $case }” ({ $activity }) came but was refused: { $reason } Day { $days }; after { $allowed } days in a row trade with the product is suspended.
probe-of-case-refused = It came but was refused: { $reason }

## Bench for API products
place-bench = API bench
bench-meaning = Signs and sends one request to an API product, as its buyers do, and shows everything that went into the signature. AppKey and AppSecret, or an AppCode, come from the buyer's resource details (资源详情). Nothing is kept.
bench-method = Method
bench-by-app-key = Signed with AppKey and AppSecret
bench-by-app-code = AppCode
bench-headers = Headers, one a line
bench-body = Body
bench-send = Sign and send
bench-answer-headers = Headers of the answer
bench-canonical = Canonical request
bench-string-to-sign = String to sign
bench-not-authenticated = The gateway does not accept AppKey and AppSecret, or AppCode; compare the canonical request with the one in its answer
bench-not-allowed = The credential may not call this API, or its quota is used up
bench-no-such-api = The gateway has no such API: check address, method, and the header X-Stage
bench-throttled = The gateway takes no more calls for now
bench-unavailable = The gateway does not reach the API behind it
bench-gateway-broken = The gateway is set up wrong for this API; only its provider can mend that
bench-internal-error = The gateway failed; try again
bench-invalid-request = The gateway takes the request for wrong; check method, headers and body
bench-unknown = The gateway answered instead of the API, with a code that is not documented

## Licenses and organisations
place-licenses = Licenses
place-organisations = Organisations
count-licenses = { $count ->
        [one] { $count } code
       *[other] { $count } codes
    }
no-licenses = No authorization codes yet
no-licenses-meaning = No call tells of the purchase of a code (授权码): it appears with its first renewal, freeze or release, or when you add it. Press “Add codes…” and paste the codes of the order, one a line; with the seller's AK and SK set under Settings they are activated and queried from here.
column-license = License
column-queried = Queried
column-changed = Changed
column-name = Name
column-role = Role
column-authorization = Authorization
column-department = Department
column-application = Application
column-users = Users
license-added = Not activated
license-added-meaning = Known here and nothing more: not activated yet, or activated before it was known here. Query it to see.
license-active = Active
license-active-meaning = Activated, and not expired.
license-frozen = Frozen
license-frozen-meaning = KooGallery froze it; only a call of KooGallery thaws it.
license-expired = Expired
license-expired-meaning = Its expireTime is over; a renewal makes it active again.
license-released = Released
license-released-meaning = Released by KooGallery. It can no longer be changed.
how-to-select = Select rows first, several with Ctrl or Shift and a click, with the space bar, or all with Ctrl+A.
activate = Activate
activate-selected = Activate selected
activate-selected-count = Activate { $count }
activate-selected-meaning = Tells KooGallery that these codes are in use from now on (license/activate). Codes that are active, frozen, expired or released already are left out.
query-selected = Query selected
query-selected-count = Query { $count }
query-selected-meaning = Asks KooGallery how each code stands (license/heartbeat)
query-license = Query
add-codes = Add codes…
activate-codes = Activate codes…
codes-title-add = Add authorization codes
codes-title-activate = Activate authorization codes
codes-title-checked = Before they are activated
codes-one-a-line = Codes, one a line; of a line with several columns the first counts
codes-counted = { $count ->
        [one] { $count } code
       *[other] { $count } codes
    }
codes-repeated = { $count } repeated
codes-malformed = { $count } malformed
codes-add = Add
codes-add-meaning = Keeps the codes here. Nothing is asked of KooGallery.
codes-check = Check, then activate…
codes-check-meaning = Compares the codes with what is known here first. Nothing is sent before you say so.
codes-added = { $count ->
        [one] { $count } code was added
       *[other] { $count } codes were added
    }
codes-more = Add more
codes-back = Back
codes-irrevocable = { $count ->
        [one] This code is activated at KooGallery. That cannot be undone.
       *[other] These { $count } codes are activated at KooGallery. That cannot be undone.
    }
codes-activate = { $count ->
        [one] Activate { $count } code
       *[other] Activate { $count } codes
    }
codes-effect-time = real_effect_time (optional)
codes-effect-time-meaning = When the product was really delivered, for all of them; without it KooGallery takes the moment of the activation. With its offset, for example 2026-11-24T10:30:00+08:00.
codes-effect-time-wrong = No time with an offset, such as 2026-11-24T10:30:00+08:00
copy-codes = Copy list
group-added = Added: { $count }
group-known = Known before, nothing changed: { $count }
group-repeated = Named more than once, taken once: { $count }
group-malformed = No codes (too long, or with blanks in them), left out: { $count }
group-ready = Ready to be activated: { $count }
group-active = Active already, left out: { $count }
group-ended = Frozen, expired or released, left out: { $count }
use-report = Report use…
use-report-meaning = Tells KooGallery who used codes today (license/software-usage-info)
use-title = Report who used codes today
use-meaning = KooGallery counts the clients that use a code: report their number once a day, or each client by its account or device. On days without use nothing is reported.
use-by-number = Number of active clients
use-by-id = Clients, one by one
use-one-a-line = Codes, one a line; what is reported of a code may stand behind a tab, as a spreadsheet pastes it
use-number-of-rest = Number, for codes without one
use-id-of-rest = Account or device, for codes without one
use-counted = { $count ->
        [one] { $count } report
       *[other] { $count } reports
    }
use-send = { $count ->
        [one] Send { $count } report
       *[other] Send { $count } reports
    }
use-title-done = What KooGallery said
use-more = Report more
group-use-taken = Taken: { $count }
group-use-failed = Not taken: { $count }
group-use-not-sent = Stopped before they were sent: { $count }
group-use-wrong = Left out: { $count }
use-no-code = no code: too long, or with blanks in it
use-nothing = nothing is said of what is reported
use-no-number = “{ $text }” is no number from 0 to { $max }
use-id-too-long = the client's id has { $length } characters; KooGallery takes at most { $max }
use-two-numbers = it has another number already, and a day has one
toast-licenses-added = Codes: { $added } added, { $known } known before, { $repeated } repeated, { $malformed } malformed
detail-license = License
open-license = Open license
open-organisation = Open organisation
count-organisations = { $count ->
        [one] { $count } organisation
       *[other] { $count } organisations
    }
no-organisations = No organisations yet
no-organisations-meaning = The joint-operation kit (联营Kit) tells of buying organisations, their departments and users. Set the access key of the kit (kit) under Settings, and see that these sub-paths of the production address reach this receiver:
no-organisation-found-meaning = The search looks at organisations and their users, departments and applications, in this world only.
organisation-facts = Facts
organisation-departments = Departments ({ $count })
organisation-users = Users ({ $count })
organisation-applications = Applications ({ $count })
organisation-changes = What changed when ({ $count })
organisation-filter = Filter
organisation-nothing = Nothing here.
state-removed = Removed
state-enabled = Enabled
state-disabled = Disabled
user-authorized = Authorized
user-not-authorized = Not authorized
secret-is-kept = kept, sealed
secret-copy = Copy
secret-copy-of = Copy the clientSecret of { $app }
secret-is-not-kept = not told
toast-carried-out = At KooGallery: { $succeeded } done, { $running } in progress, { $failed } failed, { $cancelled } not sent
toast-nothing-to-do = Nothing was to be sent to KooGallery.
exception-not-sent = It was stopped before this was sent. A retry sends it.
exception-put-off = KooGallery did not answer several times in a row, so this was not sent yet. It is tried again by itself.
activating = Activating { $done } of { $all }
querying = Querying { $done } of { $all }
pushing = Pushing { $done } of { $all }
uploading = Uploading { $done } of { $all }
reporting = Reporting { $done } of { $all }
licenses-codes = Codes
licenses-calendar = Calendar
calendar-span = { $days } days
calendar-span-all = All
calendar-first = The first { $count }
calendar-meaning = What KooGallery does next to each code. It tells the expiry alone; end of grace ({ $grace } days later) and release ({ $retention } days after that) are the latest days, set under Settings.
calendar-day = Day
calendar-countdown = When
calendar-step = Next
calendar-time = Time
calendar-expiry = Expiry
calendar-expiry-meaning = Its expireTime. Ask the buyer to renew before it.
calendar-grace-end = End of grace
calendar-grace-end-meaning = The code has expired and is usable still. By then KooGallery freezes it (updateLicenseCodeStatus), unless the buyer renews. Overdue: no call told of it; query the code.
calendar-release = Release
calendar-release-meaning = The code is frozen; keep the buyer's data. By then KooGallery releases it (releaseLicenseCode), unless the buyer renews. Overdue: no call told of it; query the code.
calendar-today = today
calendar-tomorrow = tomorrow
calendar-in-days = in { $days } days
calendar-overdue-today = overdue since today
calendar-overdue = { $days ->
        [one] { $days } day overdue
       *[other] { $days } days overdue
    }
calendar-nothing-soon = Nothing within { $days } days
calendar-nothing = Nothing is to come
calendar-nothing-meaning = The calendar knows codes whose expireTime was told, by a renewal or by a query. Under Codes mark all with Ctrl+A and press “Query”, or switch on the daily query under Settings.
calendar-show-all = Show all
calendar-to-codes = To the codes
settings-licenses = Authorization codes
settings-license-api = Activate
settings-license-query-api = Query
license-api-v1 = v1, one by one
license-api-v2 = v2, in batches
settings-license-daily = Query codes in use once a day
settings-license-daily-meaning = KooGallery expects a query on each day on which a code is used. Needs AK and SK.
settings-grace-days = Grace after the expiry, days
settings-retention-days = Retention after that, days
settings-grace-meaning = KooGallery documents at most 15 days, by the customer's level. The calendar of codes reckons with these.
settings-days-invalid = A whole number from 0 to { $most }.
## Usage
place-usage = Usage
detail-usage = Usage record
count-usage = { $count ->
    [one] { $count } record
   *[other] { $count } records
}
filter-usage-unsent = Unsent
column-row = Row
column-usage-begin = Begin
column-usage-end = End
column-usage-value = Amount
column-usage-entered = Entered
column-usage-problem = What is wrong
no-usage = No usage records yet
no-usage-meaning = Report here what buyers of pay-per-use instances used. Add a record by hand, import a CSV or XLSX file, drop the file onto this window, or paste the rows that were copied from a spreadsheet.
no-unsent-usage = Nothing is left to send
no-unsent-usage-meaning = Every record was taken by KooGallery or discarded.
usage-interface = Interface
usage-interface-new = New
usage-interface-new-meaning = Signed with the access key of the basic interfaces (base)
usage-interface-old = Old
usage-interface-old-meaning = Signed with AK and SK; wants productId, too
usage-add = Add record…
usage-add-meaning = One record, typed in
usage-import = Import…
usage-import-meaning = Many records, from a file or a spreadsheet
usage-send = Send
usage-send-unsent = Send all unsent
usage-send-marked = Send { $count } marked
usage-send-meaning = Sends what may be sent. A record that KooGallery took is never sent again.
usage-send-question = Send all unsent records to KooGallery? Buyers are billed by them, and a bill cannot be taken back.
usage-discard = Discard
usage-discard-marked = Discard { $count } marked
usage-discard-question = { $count ->
    [one] Discard the record? It will not be sent.
   *[other] Discard { $count } records? They will not be sent.
}
usage-form-title = One usage record
usage-form-meaning = What one instance used between two times. KooGallery takes each period of an instance once.
usage-hint-package = only for packages that stop when used up
usage-hint-sn = made from instance and period if empty
usage-hint-product = for the old interface only
usage-enter = Enter
usage-enter-count = { $count ->
    [one] Enter { $count } record
   *[other] Enter { $count } records
}
usage-enter-and-send = Enter and send
usage-zone = Times without an offset
usage-zone-refuse = are refused
usage-import-hint = Columns by their headings: instanceId, beginTime, endTime, usageValue; optional relatePkgInstance, meteringSn, productId. A file can also be dropped onto the window.
usage-file = File
usage-read-file = Read
usage-pasted = Or rows from a spreadsheet, with their headings
usage-rows-wrong = { $wrong } of { $all } rows cannot be entered
usage-leave-out = Leave these rows out
usage-only-problems = Show these rows only
usage-no-heading = “{ $text }” stands in a column without a heading; a comma in a number has divided it, or it does not belong here.
usage-state-entered = Entered
usage-state-sending = Sending
usage-state-in-doubt = In doubt
usage-state-sent = Sent
usage-state-refused = Refused
usage-state-discarded = Discarded
usage-in-doubt-meaning = The call ended without an answer, so nobody knows whether KooGallery has the record. Sending it again does no harm: each period of an instance is taken once.
usage-changed-at = Changed
usage-failed-later = KooGallery shows it as failed (话单管理)
usage-failed-later-meaning = KooGallery checks records after it took them and tells nobody; the seller console shows what failed under 话单管理. Say so here, and the record can be corrected or sent again where that helps.
usage-failed-later-code = Code
usage-failed-later-choose = Choose what is shown there
usage-failed-later-set = Note the failure
usage-folder = Folder { $folder }:
usage-pull = Asked from the backend every { $minutes } min:
usage-source-nothing = nothing came in yet
usage-source-entered = { $count } entered, { $before } known before
usage-source-wrong = { $count ->
    [one] { $count } problem
   *[other] { $count } problems
}, the first: { $first }
usage-source-row = row { $row }: { $problem }
usage-source-folder = the folder cannot be used: { $reason }
usage-source-not-moved = it cannot be moved to { $to }: { $reason }
usage-source-secret = the webhook secret cannot be used: { $reason }
usage-source-no-list = the backend's answer is no list of usage records: { $reason }
toast-usage-entered = { $count } entered, { $before } known before
toast-usage-refused = { $count ->
    [one] { $count } record was
   *[other] { $count } records were
} not entered, the first ({ $sn }) because: { $reason }
toast-usage-changed = { $count ->
    [one] { $count } record changed
   *[other] { $count } records changed
}
toast-usage-too-old = { $count ->
        [one] The record { $sn } was not sent: it begins more than 21 days ago, and KooGallery takes it no more.
       *[other] { $count } records were not sent, the first is { $sn }: they begin more than 21 days ago, and KooGallery takes them no more.
    }
toast-nothing-to-send = None of these records may be sent now; each one's state says why
toast-backed-up = Backed up into { $file }, { $bytes } bytes. Keep what opens its keys (seal.key, or the keychain's entry) apart from it.
toast-exported = { $rows } rows written to { $file }
browse = Browse…
browse-nothing = No file was chosen. Where this system shows no dialog, type the path.
export = Export…
export-file = To the file (.csv or .xlsx)
export-kept = What is kept
export-changes = Who changed what when
export-write = Write file
exporting = { $rows } rows written so far
usage-state-replaced = Replaced
usage-correct = Correct…
usage-correct-title = Correct the record { $sn }
usage-correct-refused = KooGallery refused it with { $code }: { $meaning }
usage-correct-meaning = Change what was wrong. The record takes the place of the old one, which is kept and shown beside it, and is sent once.
usage-correct-and-send = Correct and send
usage-correct-only = Correct
usage-correct-nothing-yet = Nothing is changed yet.
usage-correct-keeps-id = It keeps its id, { $sn }.
usage-correct-new-id = It goes under the id { $sn } and replaces the old record.
usage-correct-unknown = There is no usage record { $sn } any more.
usage-correct-unchanged = Nothing was changed, so nothing was corrected.
usage-correct-sent = The record was sent and taken meanwhile; it is not changed.
usage-correct-under-way = The record is being sent; wait for the answer.
usage-correct-not-sent = The record was not sent, so nothing can be told of its sending.
usage-correct-in-doubt = The record may be with KooGallery already. Send it again as it is, which does no harm.
usage-correct-discarded = The record was discarded.
usage-correct-replaced = The record was corrected already and goes as { $by }.
usage-correct-same-sn = Another record has the meteringSn { $sn } already. Leave the field empty for one of its own.
usage-correct-same-period = The record { $sn } is about the same instance and period; KooGallery takes the first one alone.
usage-replaced-by = by { $sn }
usage-replaced-meaning = It was corrected and is not sent any more. It goes as
usage-was = What it was before
toast-usage-corrected = { $sn } is corrected
toast-usage-replaced = { $sn } is replaced by { $by }
usage-due-soon = Due at { $time }, later it is billed later
usage-closing = Too old after { $time }
usage-closed = Too old since { $time }
owed-title = Usage that KooGallery still has to get
owed-open = Show usage
owed-too-old = { $count ->
    [one] { $count } record is too old: KooGallery takes what began in the last 21 days. Discard it, or settle it with the buyer in another way.
   *[other] { $count } records are too old: KooGallery takes what began in the last 21 days. Discard them, or settle them with the buyers in another way.
}
owed-closing = { $count ->
    [one] { $count } record was not sent and soon is too old, at { $time }.
   *[other] { $count } records were not sent and soon are too old, the first at { $time }.
}
owed-late = { $count ->
    [one] { $count } record is late: its charge moves to the next period.
   *[other] { $count } records are late: their charges move to the next period.
}
owed-due-soon = { $count ->
    [one] { $count } record is due within the hour.
   *[other] { $count } records are due within the hour.
}
exporting-of = { $rows } of { $all } rows
export-cancel = Stop writing
toast-export-cancelled = Stopped; { $file } was not written
## Imports
import-file = File (.csv or .xlsx)
import-read = Read file
import-paste = Paste a table…
import-paste-meaning = For what was copied from a spreadsheet or from a page of the console, with its headings.
import-pasted = Copied rows, with tabs or commas between the cells
import-source-pasted = pasted
import-meaning = UTF-8 or GBK. Columns are found by their headings and can be chosen below: { $columns }. Nothing is kept before you say so.
import-headings = Headings in
import-row = row { $row }
import-no-headings = no row
import-no-column = –
import-missing = Choose which column of the file is { $columns }.
import-checking = Looking through the rows …
import-enter = { $count ->
        [one] Import { $count } row
       *[other] Import { $count } rows
    }
import-rows = { $count ->
        [one] of { $count } row
       *[other] of { $count } rows
    }
import-harmless = { $count } repeated or known already
import-wrong = { $count } wrong
import-leave-out = Leave wrong rows out
import-replace = Remove what the table does not name
import-replace-question = Take this table and remove everything of its kind that it does not name? The history stays.
import-whole = They are imported together or not at all: correct the file, then read it again.
import-done = { $entered } of { $rows } rows were imported
import-skipped = { $count } were left out:
toast-imported = { $entered } of { $rows } rows imported, { $skipped } left out
row-empty = { $column } is empty
row-malformed = { $column }: “{ $text }” is none
row-repeated = “{ $text }” stands in row { $first } already
row-known = “{ $text }” is known; nothing is changed
import-codes = Import…
import-codes-meaning = Many codes from a CSV or XLSX file; its columns can be chosen. A file can also be dropped onto the window.
import-zone-beijing = Beijing (UTC+08)
import-progress = { $done } of { $all }
import-fate-new = new
import-fate-fills = adds { $columns }
import-fate-differs = adds { $columns }; keeps { $differs } as known
import-fate-nothing = nothing new
import-fate-wrong = wrong, see below
import-earlier = Earlier imports
import-broke-off = broke off
import-taken-back = taken back { $at }
import-take-back = Take back
import-take-back-meaning = What this import alone told is removed; what KooGallery told stays.
import-take-back-question = Take this import back? What it alone told is removed; what KooGallery told stays.
toast-import-cancelled = Import cancelled; nothing of it was kept
toast-import-taken-back = Import of { $source } taken back
row-several-lines = “{ $text }” has { $lines } lines; the table has to say which of them the row is about
row-differs = “{ $text }” says otherwise in { $columns }; what KooGallery told stays
import-orders-meaning = The seller console's order export (订单管理 > 订单列表 > 导出), CSV or XLSX. It fills in what calls and queries left out and overwrites nothing; it can be taken back.
order-imported = imported
order-imported-alone = Known from an import of { $at } alone; no call and no query told of it.
order-imported-fields = Added by an import of { $at }: { $columns }

# Purchase limits
place-limits = Purchase limits
limits-review = Review
limits-lines = Configuration
limits-import = Import…
limits-mirror = A mirror of 限购配置 in the seller console, which no interface tells. What is changed here changes nothing there.
limits-add = Add limit…
limits-save = Save
limits-remove = Remove
limits-remove-question = Remove this limit on { $product }? It can be put back right afterwards, and its history stays.
limits-removed = Removed: { $line }
limits-undo = Put back
limits-times = Times (限购次数)
limits-quantity = Quantity (数量属性限制)
limits-set-times = How often
limits-set-quantity = How many
limits-all-skus = all specifications
limits-no-quantity = no limit
limits-at-most = at most { $quantity }
limits-changed-by = Changed by
limits-changed-at = Changed
limits-nothing = nothing
limits-change = { $at } · { $who }: { $before } → { $after }
count-limits = { $count ->
    [one] { $count } limit
   *[other] { $count } limits
}
no-limits = No purchase limits yet
no-limits-meaning = Copy what the seller console shows under 限购配置: import it as a table with productId, skuCode, times and quantity, or add it line by line. Then the review tells who has used how much, and which orders came through although they should not have.
limits-verdict = Verdict
limits-customer = Customer
limits-rule = Rule
limits-used = Used
limits-again = Allowed again
limits-never = not by time
limits-came-through = Against the limit
limits-came-through-count = { $count ->
    [one] { $count } order
   *[other] { $count } orders
}
limits-nobodys = { $count ->
    [one] { $count } order names no customer and is in no row
   *[other] { $count } orders name no customer and are in no row
}
limits-unplaced = { $count ->
    [one] { $count } order names no product and is in no row
   *[other] { $count } orders name no product and are in no row
}
limits-open-orders = Ask about orders
limits-no-orders = No order is under a limit yet
limits-no-orders-meaning = Once a customer buys what a limit is set on, a row tells how much of it is used. Orders of calls need AK and SK to be asked about, because calls name no product and no customer.
limits-no-rows = No row fits
limits-no-rows-meaning = The search looks at customers, products and specifications; the verdicts above are a filter too.
limits-detail = Limit and orders
limits-what-if = What if this customer buys more now
limits-would-pass = Goes through: { $used } of { $limit }
limits-would-pass-later = Is stopped now ({ $used } of { $limit }); goes through from { $at }
limits-would-stop = Is stopped: { $used } of { $limit }, and no time brings it
limits-again-at = May buy again from { $at }
limits-differ = An order came through against this limit: console and mirror differ, or did when it was placed. Compare them under 限购配置.
limits-orders = Orders
limits-counts = counts { $units }
limits-expires = until { $at }
limits-against = came through against the limit
limits-open-order = Show this order
limits-assumed = What the result rests on
limit-times-none = none
limit-times-once = once (仅能购买1次)
limit-times-until-expiry = until expiry (资源到期前限购)
limit-rule-quantity = quantity (数量属性限制)
limit-rule-once-meaning = One user may buy this once; expiry frees nothing.
limit-rule-until-expiry-meaning = One user may buy this again only when what was bought has expired.
limit-rule-quantity-meaning = One user may buy so many units over all orders that count.
verdict-allowed = Allowed
verdict-at-limit = At limit
verdict-breached = Breached
excluded-test = does not count: a debugging or mock order
excluded-unsubscribed = does not count: unsubscribed (退订成功)
excluded-refunded = does not count: never opened, refunded
excluded-cancelled = does not count: cancelled (已取消)
excluded-unpaid = does not count: not paid (待支付)
excluded-under-review = does not count: not approved (待审核)
excluded-pay-per-use = does not count: pay-per-use
excluded-trial = does not count: a trial
excluded-trial-to-formal = does not count: a trial turned formal
excluded-renewal = does not count: a renewal
excluded-change = does not count: an upgrade or change
excluded-unknown-type = does not count: its type is not known
excluded-expired = does not count: expired
assumed-new-only = New orders alone count. Whether renewals, upgrades and trials that turned formal do, the pages do not say; Settings has the choice.
assumed-new-and-formal = New orders and trials that turned formal count (chosen in Settings).
assumed-every-purchase = Every purchase counts, renewals and upgrades too (chosen in Settings).
assumed-together = The limit is on the product, so all its specifications are counted together.
assumed-quantity = An order tells no quantity and is taken for one unit.
assumed-expiry = An order tells no expiry and is taken for still running.
assumed-expired-free = What has expired leaves the quantity free (chosen in Settings).
assumed-expired-counts = What has expired goes on counting; the pages say otherwise for 资源到期前限购 alone (chosen in Settings).
assumed-matched = An unsubscription names no instance and was taken for the customer's newest purchase of the same specification.
assumed-charging-mode = An order tells no charging mode and is taken for one that is not pay-per-use.
limit-problem-product = productId is missing
limit-problem-long = { $column } has { $length } characters; at most { $max } are taken
limit-problem-times = times is “{ $told }”; it is one of none, once, until-expiry
limit-problem-quantity = quantity is “{ $told }”; it is a whole number from 1 to { $max }, or nothing
limit-problem-nothing = neither times nor quantity is there; write none where nothing is limited
limit-problem-repeated = the same product and specification stand in line { $first } already
toast-limits-put = Limits: { $added } added, { $changed } changed, { $removed } removed
toast-limit-removed = Limit on { $product } removed
targets = Sales targets
whitelists = Trial whitelist
targets-mirror = A mirror of 销售对象管理 in the seller console: who may buy at all. What is changed here changes nothing there.
whitelists-mirror = A mirror of SaaS类商品试用配置 in the seller console: who may take a trial. What is changed here changes nothing there.
targets-add = Add target…
whitelists-add = Add whitelist…
targets-remove-question = Remove this line on { $product }? It can be put back right afterwards, and its history stays.
no-targets = No sales targets yet
no-targets-meaning = Copy what the seller console shows under 销售对象管理: import it as a table with productId, skuCode, level, customers and linkedProduct, or add it line by line. Without a line everybody may buy.
no-whitelists = No trial whitelist yet
no-whitelists-meaning = Copy what the seller console shows under SaaS类商品试用配置: import it as a table with productId, level (trial-whitelist) and customers, or add it line by line. Without a line everybody may take the trial.
target-level = Who may buy
target-who = Accounts, or linked product
target-customers = 华为云账号ID
target-customers-hint = one or more, with spaces between
target-linked-product = Linked product
target-and-more = { $first } and { $count } more
target-everyone = everyone (全部用户)
target-named = named accounts (指定用户)
target-enterprise = enterprises (企业用户)
target-individual = individuals (个人用户)
target-linked = buyers of a linked product (已购买关联商品用户)
target-whitelist = trial whitelist
target-problem-level = level is “{ $told }”; it is one of everyone, named, enterprise, individual, linked-product, trial-whitelist
target-problem-customers = accounts are missing
target-problem-many = at most { $max } accounts are taken
target-problem-linked = the linked product is missing
target-problem-needless = { $column } says something, which “{ $level }” does not take
target-problem-under = a specification may not be “{ $level }” where its product is “{ $product }”
targets-review = Who bought
targets-review-meaning = New purchases are held against the sales target, trials against the whitelist; the line of a specification comes before that of its product. Orders given back, renewals and changes are left out. Whoever bought the linked product at any time before is taken for its buyer.
targets-no-orders = No order is under these lines yet.
entitled = Entitled
entitled-unknown = Cannot be told
not-entitled = Not entitled
entitled-meaning = The account was one of those who may buy.
entitled-unknown-meaning = Whether an account is an enterprise's or a person's, no order tells. Note it in this row.
not-entitled-named = The account is not among those named, and the order came through: console and mirror differ, or did when it was placed.
not-entitled-linked = The account has not bought the linked product, as far as it is known here, and the order came through.
not-entitled-trial = The account is not on the whitelist, and the trial came through: console and mirror differ, or did when it was placed.
not-entitled-kind = The account was noted as one of the other kind, and the order came through: console and mirror differ, or did when it was placed.
account-enterprise = An enterprise
account-individual = A person
account-forget = Forget
account-meaning = Notes whose account it is. The console knows; no order tells.
toast-account-noted = Account noted
toast-targets-put = Targets: { $added } added, { $changed } changed, { $removed } removed
toast-target-removed = Line on { $product } removed
breaches = Purchase limits (限购配置): { $count ->
        [one] { $count } breach
       *[other] { $count } breaches
    }, { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    } came through against a limit
breaches-open = Open the review
breaches-review = Show the orders behind it
breaches-came = { $count ->
        [one] { $count } order came through
       *[other] { $count } orders came through
    }
breaches-targets = { $count ->
        [one] { $count } customer bought without being entitled to
       *[other] { $count } customers bought without being entitled to
    }
breaches-meaning = KooGallery stops such orders itself, so its configuration is another than the mirror's, or was when they were placed. Compare them under 限购配置 and 销售对象管理.
settings-rules = Where the documents leave something open
settings-rules-meaning = Which rule holds is chosen here. Reviews follow at once and tell with each result what it rests on.
settings-counted = Orders that count for a limit
settings-counted-new = new orders alone
settings-counted-formal = new orders and trials that turned formal
settings-counted-all = every purchase, renewals and upgrades too
settings-counted-meaning = The pages say only that unsubscribed orders (退订成功) and pay-per-use ones do not count. Assumed: new orders alone.
settings-expired = An expired quantity is free again
settings-expired-with = where the line says 资源到期前限购
settings-expired-always = always, whatever the line says
settings-expired-never = never
settings-expired-meaning = That expiry frees the buyer, the pages say for 资源到期前限购 alone; of 数量属性限制 they say nothing.
settings-start = A supervised order begins
settings-start-both = by both versions, side by side
settings-start-meaning = Newer pages: at 服务实际开通时间 as filled in at delivery, else at the acceptance. Older pages: always at the acceptance. Orders show the chosen one.
settings-retry = How long KooGallery calls again by itself
settings-retry-meaning = After a failure; the pages say it differently. Refunds, countdowns and the count against delisting follow. Any other length can be written under [retry] in config.toml.
retry-new-order = New order
retry-upgrade = Upgrade
retry-renewal = Renewal
retry-status = Expiry, freezing
retry-release = Release
retry-order-notify = Order notification (订单通知)
retry-code-renewal = License code: renewal
retry-code-status = License code: freezing
retry-code-release = License code: release
retry-license-v1 = License 1.0: renewal, expiry, release
retry-other = Anything else
retry-documented = { $length } ({ $sources })
retry-own = { $length } (no page)
retry-and = {"; "}
retry-once = once
retry-hours = { $hours } h
retry-minutes = { $minutes } min
retry-source-china-v1 = SaaS V1
retry-source-china-v2 = SaaS V2
retry-source-international = international site
retry-source-online-license = online License
retry-source-license-code = License code: 60 times, every 2 min
retry-source-license-code-inferred = as for freezing, by inference
retry-source-order-notification = order notification
retry-source-older = older pages
settings-notifications = Notifications of the desktop
settings-notifications-meaning = Tell outside of the window when a product comes closer to being delisted, once for each product, level and month, and when a probe fails.

# Guards: delisting, service supervision, findings
open-console-page = Console: { $page }
open-console-menu = Opens the seller console; there it is under { $menu }
open-console-unknown = In the console under { $menu }. No page names an address for this site.
workdays = Working days
workdays-meaning = Deadlines in working days follow China's holidays, which are announced once a year. A table of the State Council's days can be taken from a file: lines such as “2027-02-05..2027-02-11 off” and “2027-02-14 work”, or JSON with “days”.
workdays-known = Known years:
workdays-own = From a table that was taken
workdays-built-in = Built in
workdays-file = Table of holidays
workdays-take = Take the table
workdays-unknown = A deadline counts working days of { $year }, of which no holidays are known: only weekends are left out.
toast-workdays-imported = Holidays of { $years } taken
mend-freeze = Freeze here
mend-release = Release here
mend-meaning = Has the product do it, as the call that did not come would have. If KooGallery calls after all, it finds it done.
mend-question = { $mend }: { $id }? The product is asked as if KooGallery had called.
toast-mended = { $mend } { $id }: { $result }
finding-activation-without-code = Activation without a code
finding-activation-without-code-meaning = An activation is noted of this order (授权码激活), and no activated code of it is known. Add the code, or ask about the order.
supervision-rejected = Sent back (驳回)
supervision-rejections = { $count ->
    [one] Sent back once, at { $at }
   *[other] Sent back { $count } times, last at { $at }
}
supervision-clear = Did not happen: { $step }
supervision-remember = Note
delisting = Products that may be delisted (下架)
delisting-fine = Fine
delisting-near = Near
delisting-imminent = One step away
delisting-exceeded = Too many
delisting-failed = { $failed } of { $allowed } failed orders this month
delisting-failed-orders = Failed this month:
delisting-then-refund = refunded at { $at } ({ $left })
delisting-then-open = counted as failed at { $at } ({ $left }), then open and to be delivered by hand,
delisting-failing = { $then } unless it succeeds before
delisting-worked-on = being worked on here; { $then } unless KooGallery hears of its success before
delisting-unheard = done here, but KooGallery has not asked since; { $then } unless it calls before (重新启动)
delisting-unknown-product = Product not known
delisting-basis = More than 5 orders of one month that failed by interface errors delist a product; counted is what came through here, by the calendar of Beijing.
supervised-orders = Orders under service supervision (服务监管)
supervised-service = Service, SaaS, offline License
supervised-license-code = License code
supervised-hardware = Hardware
supervision = Service supervision (服务监管)
supervision-none = Nothing is noted. The console tells nobody of its steps; note them here, and what is due and whose turn it is follows.
supervision-begin = This order is supervised
supervision-kind = Kind
supervision-reviewed = with 华为云复核
supervision-next = next
supervision-frozen = An appeal (服务监管申诉) is handled; everything stands still meanwhile.
supervision-valid = { $rule }: { $start } to { $end } ({ $reason })
supervision-at = When (empty: now)
supervision-no-time = This is no time; write it as 2026-11-24 10:00
supervision-note = Happened: { $step }
supervision-opened = 服务实际开通时间
supervision-signed = Signed for
supervision-appealed = Appeal filed
supervision-appeal-ended = Appeal decided
supervision-forget = Forget the supervision
supervision-forget-question = Forget everything that was noted of this order's supervision?
step-request = 提交需求 (request)
step-confirm = 确认需求 (confirm the request)
step-receive = 用户领取授权码 (take the code)
step-activate = 授权码激活 (activation)
step-deliver = 实施服务 (deliver)
step-proof = 上传交付证明 (upload proof)
step-review = 华为云复核 (review)
step-accept = 用户确认验收 (acceptance)
step-done = 已完成 (done)
actor-buyer = Buyer
actor-seller = You
actor-huawei = Huawei Cloud
actor-system = By itself
deadline-status = Order becomes 已完成 by
deadline-hardware = Accepted by itself at
deadline-unaccepted = Alert for 180 days unaccepted at
deadline-appeal = Appeal decided by
start-rule-opening = Newer rule
start-rule-acceptance = Older rule
start-activated = from the activation
start-filled-in = from 服务实际开通时间
start-accepted = from the acceptance
left-none = over
left-days = { $days } d { $hours } h left
left-hours = { $hours } h { $minutes } min left
findings = Orders, calls, instances and codes against each other
findings-look = Compare now
findings-meaning = Finds what one side knows and the other does not: bought and never called for, running without an order, expired and running, released and in use, active without an activation.
findings-none = They agree.
findings-query-license = Ask about the code
finding-bought-never-called = Bought, never called
finding-provisioned-not-ordered = Running without an order
finding-expired-running = Expired, still running
finding-expired-in-grace = Expired, in its grace
finding-released-active = Released, still in use
finding-activation-unknown = Activation unknown
finding-bought-never-called-meaning = KooGallery tells of this order (a purchase, a renewal or an upgrade) and has called for it neither here nor since. Restart it under 生产接口消息, or see which production address the product names.
finding-provisioned-not-ordered-meaning = It runs here, and KooGallery knows no such order. Ask again; if it stays unknown, it was no purchase.
finding-expired-running-meaning = No call froze or released it, so it may be used unpaid; the loss is the seller's. Restart the call under 生产接口消息.
finding-expired-in-grace-meaning = It may still be used and renewed (宽限期). KooGallery freezes it itself when the grace is over; nothing has to be done.
finding-assumes-calls = Assumed: calls come here since { $since }.
finding-assumes-grace = Assumed: a grace of { $days } days, until { $until }; it depends on the customer's level. Settings and [licenses] say another.
findings-before = Assumed: calls come here since { $since }, when the first one came or as [reconcile] says. { $count ->
    [one] One older order without a call is left out.
   *[other] { $count } older orders without a call are left out.
}
finding-released-active-meaning = It was unsubscribed or released, and is in use still. Restart the release under 生产接口消息.
finding-activation-unknown-meaning = The code is in use, and KooGallery has told no activation of it. Ask about it.
toast-supervision-noted = Noted
delisting-write-mail = Write mail
delisting-write-mail-meaning = Opens the mail program with a mail to { $to } that names the orders.
delisting-copy-mail = Copy mail
delisting-mail-what = Mail
delisting-mail-subject = Please call again: orders of product { $product }
delisting-mail-body =
    Hello,

    our interface did not answer these orders of product { $product } as it should have. The cause is mended. Please call for them again, and do not count them towards delisting:

    { $orders }

    Thank you.
delisting-mail =
    To: { $to }
    Subject: { $subject }

    { $body }
delisting-notice = { $product }: { $level }
delisting-alarm-near = { $failed } of { $allowed } failed orders this month, { $failing } more are failing. After more than { $allowed } the product is delisted (下架).
delisting-alarm-imminent = { $failed } of { $allowed } failed orders this month, { $failing } more are failing: one more, or these, and the product is delisted (下架).
delisting-alarm-exceeded = { $failed } failed orders this month, more than { $allowed }: the product may be delisted (下架). Write to the partner team.

## Settlement
settlement = Settlement (结算)
orders-list = All orders
settle-month = Month
settle-bill = Bill
settle-prices = Prices
settle-upgrade = Upgrade price
settle-month-before = Month before
settle-month-after = Month after
settle-this-month = This month
settle-meaning = An estimate: no interface tells of settlement. Months are those of Beijing, as account periods (账期) are.
settle-nothing = Nothing is billed in this month
settle-nothing-meaning = Once an order is opened, accepted or renewed in it, a line tells what it comes to; what waits is told too.
settle-standing = Why
settle-amount = Buyer pays
settle-share = Seller gets
settle-lines = Lines
settle-billed = Billed
settle-waits = Waits
settle-effect-ahead = A renewal that is not in effect yet: it enters at { $at }
settle-carried = { $rule }, waiting since { $month }
settle-estimate = What the bill will come to
settle-billed-on = billed on { $day } (the 3rd, or the next working day)
settle-holidays-unknown = The table of holidays does not tell of that year.
settle-total = All
settle-no-product = Product not known
settle-without = and { $count } unknown
settle-more-products = and { $count } more products; the export has all
settle-type = { $name }: { $entered } this month, { $carried } from before
settle-type-billed = billed
settle-type-waits = waits until the product type comes to the least amount
settle-assumed = What the figures rest on
settle-enters = Billing month { $month }
settle-by-rule = { $rule }: { $at }
settle-comes-to = Buyer pays { $amount }, seller gets { $share }
settle-refund-of = Taken back: { $amount }, of the seller's part { $share }
settle-settings-meaning = Rates by your contract, and choices where the documents leave something open.
settle-platform-fee = Platform fee of general products (通用商品), %
settle-joint-share = Seller's part of joint products (联营商品), %
settle-threshold = Least amount of a product type (1000)
settle-withholding-tax = International: withholding tax, %
settle-digital-tax = International: digital services tax, %
settle-international-share = International: platform's part, %
settle-done = Supervision counts as done
settle-threshold-counts = Least amount is held against
settle-formula = Upgrade formula
settle-setting-invalid = Not a number that fits here
done-accepted = at 用户确认验收
done-completed = when the order is 已完成, three hours later
threshold-carried = everything since the last bill
threshold-month = the month alone
formula-general = (new − old) × remaining × discount
formula-international = new × remaining × discount − old × remaining
entry-instance-opened = Enters when the instance is opened
entry-order-opened = Enters when the order is opened
entry-supervision-done = Enters when service supervision is done
entry-renewal-effective = A renewal enters when it takes effect
entry-change-done = A change enters when it is carried out
entry-consumption = Pay-per-use enters in the month of consumption
entry-refund = A refund enters in its own month
block-unpaid = Blocked until it is paid (付费状态 已完成)
block-not-repaid = Blocked until the customer on credit has repaid the whole month's bill (客户还款状态)
block-under-review = Blocked until the order is approved (待审核)
block-not-opened = Blocked until its call succeeds
block-supervision = Blocked until supervision is done; next: { $step }
block-supervision-unknown = Blocked until supervision is done, of which nothing is noted
block-appeal = Blocked until the appeal is decided
block-not-effective = Blocked until it takes effect at { $at }
block-usage = Blocked until KooGallery takes { $count } usage records
block-no-usage = Blocked until usage is pushed
block-threshold = Waits until its product type comes to the least amount
never-trial = Never billed: a trial
never-unsubscribed = Never billed: unsubscribed before it entered a bill
never-cancelled = Never billed: the order is cancelled (已取消)
never-refunded = Never billed: it was not opened, and KooGallery refunds it
never-unsubscription = Never billed: an unsubscription; what it takes back is told with what was bought
settle-assumed-certified = Your 商业信息 is certified.
settle-assumed-paid = Orders of which no table tells are paid (付费状态 已完成; of credit customers the whole month's bill).
settle-assumed-status = An order status (订单状态) that is not known keeps the order out of nothing.
settle-assumed-order-type = An order that tells no type is taken for a new purchase.
settle-assumed-product-type = A product without a type under Prices is taken for SaaS, without supervision where none is told.
settle-assumed-category = A product without a category under Prices is taken for a general one (通用商品).
settle-assumed-opening = No call of the order is known; it is taken for opened when it was ordered.
settle-assumed-done = The imported table tells that supervision is done and not when; it is taken for done when it was ordered.
settle-assumed-effect = Nothing tells when a renewal takes effect, neither a period nor an earlier expiry of its instance; it is taken for effective when it was ordered.
settle-assumed-effect-expiry = A renewal does not tell when it begins; it is taken for effective when what is known of its instance ends.
settle-assumed-effect-back = When a renewal takes effect is its expiry less its period; at the end of a month that may be up to three days early.
settle-assumed-effect-ahead = A renewal that is paid and not in effect yet is counted in the month in which it will be.
settle-assumed-quantity = An order that tells no quantity is taken for one unit.
settle-assumed-period = An order that tells no period is taken for one.
settle-assumed-converted = The price's period is not the order's; a year is taken for twelve months.
settle-assumed-refund = What was unsubscribed is taken for refunded in full.
settle-assumed-refund-matched = The unsubscription names no instance: it was matched by customer and specification, and the refund takes its month.
settle-assumed-fee = One platform fee for all; since 2024-03-01 it falls with what is paid in a month. Put yours into Settings.
settle-assumed-taxes = Taxes, the platform's part and the least amount of a bill are those of Settings; the pages name a least amount for the China site only.
basis-order = The order tells its amount.
basis-price = By the price that is kept, times quantity and period.
basis-no-price = No price is kept for this product; add one under Prices.
basis-other-period = The price is for a period that this order is not told in.
basis-difference = An upgrade costs a difference that the order does not tell; see Upgrade price.
split-platform-fee = The seller gets the price less the platform fee.
split-agreed = The seller gets the part that was agreed on.
split-unknown = The seller's part of this joint product is not known; add it under Prices or in Settings.
split-international = (price − withholding tax − digital services tax) × (1 − the platform's part).
bill-verdict = Result
bill-our-amount = We: paid
bill-their-amount = Bill: paid
bill-our-share = We: seller
bill-their-share = Bill: seller
bill-why = Why, or product
bill-import = Import bill…
bill-forget = Take this bill away
bill-query = Query this order
bill-query-unknown = Query the { $count } unknown
bill-query-meaning = Asks KooGallery about the orders of the bill that are not known here; what they are then compared with is what it tells.
bill-forget-question = Take the imported bill of { $month } away? It can be imported again.
bill-only-differences = Differences only
bill-summary = Lines in the bill: { $lines }; orders that agree: { $agree }, that differ: { $differ }
bill-none = No bill of { $month } was imported
bill-none-meaning = Export 账单详单 or 交易明细 under 结算管理 in the seller console, and import it here (CSV or XLSX, UTF-8 or GBK). Then every order of it is held against what was expected.
bill-agrees = Agrees
bill-not-known = Not ours
bill-other-month = Other month
bill-still-blocked = Too early
bill-not-expected = Not expected
bill-missing = Missing
bill-waits = Waits
bill-amount = Amount differs
bill-share = Part differs
bill-not-priced = No price
bill-expected-in = Expected in { $month }
bill-missing-meaning = Expected in this bill and not in it; ask under 交易明细管理.
bill-not-known-meaning = In the bill; no call or query told of this order.
price-add = Add price…
price-import = Import prices…
price-meaning = No call tells type, category and price of a product. What is kept here is yours alone.
price-none = No prices yet
price-none-meaning = Add them one by one, or import a table with productId, skuCode, productType, category, price, per, share and supervised. Where an order tells its amount (V1), no price is needed.
price-type = Type
price-category = Category
price-price = Price
price-per = For
price-share = Seller's part, %
price-supervised = Supervised (服务监管)
price-unset = not known
price-by-type = as its type is
price-yes = yes
price-no = no
price-invalid = Product and numbers have to be right
price-remove = Remove price
price-remove-question = Remove this line of { $product }?
product-image = Image (镜像)
product-saas = SaaS
product-license = License
product-service = Human service (人工服务)
product-hardware = Hardware (硬件)
product-api = API
product-orchestration = Orchestration (应用编排)
product-data = Data (数据资产)
product-content = AI, container, content
category-general = General (通用商品)
category-joint = Joint (联营商品)
per-once = once
per-year = a year
per-month = a month
per-day = a day
per-usage = a unit of usage
upgrade-title = What an upgrade costs the buyer
upgrade-meaning = Estimate. Only yearly and monthly SaaS can be upgraded, within one specification or to another of its SKUs. What is left of the period is counted by calendar month: days left by days of the month.
upgrade-old = Old price
upgrade-new = New price
upgrade-on = Changed on (empty: today)
upgrade-expires = Expires on
upgrade-discount = Discount (0.9 is nine tenths)
upgrade-fill-in = Fill in both prices and the expiry.
upgrade-impossible = Prices are not below zero, the discount is from 0 to 1, and the expiry within a hundred years.
upgrade-price = The buyer pays { $amount }
upgrade-refund = The buyer gets back { $amount }
upgrade-left = Left: { $months } = { $remaining } months
upgrade-expired = Nothing is left of the period; a renewal is what the buyer needs.
upgrade-with-renewal = Within 30 days of the expiry the change can also go with the renewal (V2).
unsubscription = Unsubscription (退订)
unsubscribe-negotiated = 协商退订: within 交易担保期, until supervision is done; you have to agree.
unsubscribe-five-days = 5天无理由全额退订: in full, without asking you.
unsubscribe-none = 不支持退订: this type of product cannot be unsubscribed.
unsubscribe-not-published = The published table does not tell of this row; the product's type can be set under Prices.
unsubscribe-until = May be unsubscribed until { $at }
unsubscribe-until-done = May be unsubscribed until supervision is done
unsubscribe-no = May not be unsubscribed: { $why }
unsubscribe-unknown = Whether it may be unsubscribed is not known
denied-already = it was already
denied-refunded = opening failed and everything was refunded
denied-nothing-paid = nothing was paid with it
denied-done = supervision is done
denied-code-taken = the code was taken (领取)
denied-expired = its validity is over
denied-renewal = the renewal is in effect
denied-five-days = the five days are over
denied-type = this type of product has no unsubscription
unsubscribe-assumed-invoice = Assumed: it is neither invoiced nor asked to be. Older pages refuse the five days then.
unsubscribe-assumed-uses = Assumed: the account has not used up its ten unsubscriptions of this calendar year.
unsubscribe-assumed-milestones = Assumed: it is not delivered by milestones (里程碑), of which only those not finished are refunded.
unsubscribe-assumed-transit = Assumed: it is not in transit. Hardware on its way cannot be unsubscribed before it is confirmed.
unsubscribe-assumed-effect = Nothing tells when the renewal takes effect: until then it is refunded in full, and afterwards not at all. Query the order, or import one with its period.
unsubscribe-assumed-type = The rule goes by the type of the product, which can be set under Prices.
requests = Requests for unsubscription (退订管理)
request-under-review = 待审核
request-awaits-goods = agreed, awaits the goods
request-agreed = agreed (同意)
request-rejected = rejected (驳回)
request-since = Requested { $at }
request-decide-by = Decide by { $at }; after 7 working days the buyer's page leads to 联系商家
request-no-invoice = While it is 待审核 ask for no invoice of this order: it makes the unsubscription fail.
request-at = When it happened
request-begin = The buyer has requested it
request-begin-meaning = Notes a request that waits for you under 退订管理. Only the console knows of it and decides it.
request-agree = I agreed (同意)
request-reject = I rejected it (驳回)
request-returned = The goods came back
request-forget = Forget the request
request-forget-question = Forget what was noted of this request? Nothing changes in the console.
toast-unsubscription-noted = Noted of the unsubscription
effect-never-settled = Then it enters no bill.
effect-settled-back = Then what was billed is taken back in the month of the refund.
effect-no-delisting = It does not count towards delisting: only orders that fail by interface errors do.
effect-delisting = It counts towards delisting.
effect-limit-freed = It frees the purchase limit.
toast-terms-kept = Prices changed
toast-bill-forgotten = { $lines } lines of the bill taken away

## Registers
place-registers = Registers
register-vouchers = Vouchers
register-reviews = Reviews
register-checklists = Listing checklists
register-contacts = Support contacts
registers-mirror = No interface tells of these: keep here what the seller console shows. What follows from it is computed, and what is due is counted in the Overview.
registers-due-only = Due ({ $count })
registers-all = All ({ $count })
registers-due = Due
registers-finding = What follows
registers-standing = Now
registers-changed = Changed
registers-today = today
registers-in-days = { $days ->
    [one] in { $days } day
   *[other] in { $days } days
}
registers-days-ago = { $days ->
    [one] { $days } day ago
   *[other] { $days } days ago
}
no-vouchers = No vouchers yet
no-vouchers-meaning = Add the vouchers (代金券) that you published under 销售管理 > 代金券管理, or import a table of them. Then you are told before they expire, and when they lapse because a product changes its category.
no-reviews = No reviews yet
no-reviews-meaning = Add the reviews (商品评价) that buyers wrote, from 订单管理 > 评价管理, or import a table of them. Draft replies here, from templates of your own, and be reminded of those that wait.
no-checklists = No products yet
no-checklists-meaning = Add a product that is on its way to the shop. Its steps follow from its kind; a step is done once its evidence stands beside it.
no-contacts = No support contacts yet
no-contacts-meaning = Add who answers for a product, and when (服务与支持). Then you see whether somebody is on duty now, and whether the hours are the 5 × 8 that are asked for.
no-entry-fits = No entry fits
no-entry-fits-meaning = The search looks at every field of this register; the states above are a filter too.
field-name = Name
field-category = Category (适用产品)
field-product = Product
field-billing = Billing type (计费类型)
field-face-value = Face value
field-issued = Issued
field-claimed = Claimed
field-used = Used
field-valid-from = Valid from
field-valid-until = Valid until
field-note = Note
field-buyer = Buyer
field-order-id = Order
field-date = Date
field-text = Review
field-reply = Reply
field-replied-on = Replied on
field-remind-on = Remind on
field-product-kind = Product kind
field-submitted-on = Submitted on
field-submitted-that-day = Submissions that day
field-seller = 成为云商店商家 (become a seller)
field-certification = 商业信息认证 (certification)
field-private-image = 制作私有镜像 (private image)
field-image-asset = 发布镜像资产 (image asset)
field-image-scan = 安全扫描 (security scan)
field-server = 生产服务器 (production server)
field-debugging = 应用接入调试 (debugging)
field-vulnerability-scan = 安全漏洞扫描 (vulnerability scan)
field-test-codes = 申请测试授权码 (test codes)
field-callbacks = 回调调试 (callbacks)
field-package = 上传软件包 (package)
field-asset-scan = 资产安全扫描 (asset scan)
field-api-group = 创建API分组 (API group or Agent)
field-backend-check = 校验后端服务 (backend check)
field-release = 发布商品 (release)
field-review = 运营经理审核 (review)
field-listed = 商品上架成功 (listed)
field-phone = Phone
field-mail = Mail
field-content = Service content
field-days = Days
field-from = From
field-to = To
field-zone = Time zone
field-holidays = Public holidays
field-site = Site
field-english = Support in English
field-tickets = Takes tickets (工单)
field-unreachable = Times not reached
field-checked-on = Last tried on
choice-joint = Joint (联营商品)
choice-general = General (通用商品)
choice-period = Yearly/monthly (包周期)
choice-one-time = Once (一次性)
choice-on-demand = Pay-per-use (按需)
choice-package = Package (按需套餐包)
choice-published = Published (生效)
choice-voided = Voided (作废)
choice-expired = Expired (过期)
choice-unanswered = Not answered
choice-answered = Answered (已回复)
choice-image = Image (镜像)
choice-saas = SaaS
choice-license-code = License code (授权码)
choice-license-package = License package (软件包)
choice-api = API or Agent
choice-service = Service (人工服务)
choice-hardware = Hardware (硬件)
choice-preparing = Preparing
choice-draft = Draft (草稿)
choice-submitted = Under review (待审核)
choice-rejected = Rejected (已驳回)
choice-approved = Approved (已通过)
choice-listed = On sale (在售)
choice-suspended = Suspended (停售)
choice-delisted = Delisted (退市)
choice-china = China (中国站)
choice-international = International (国际站)
choice-yes = Yes
choice-no = No
choice-active = Active (启用)
choice-paused = Paused (停用)
choice-closed = Nobody on duty
choice-open = On duty as usual
rule-voucher-lapsed = Lapsed: the product is now { $now }, and the vouchers are for { $category }
rule-voucher-expired = Could be used until { $on } and still stands as published
rule-voucher-expires-soon = Can be used until { $on }
rule-voucher-delisted = The product is delisted; { $unused } vouchers that are out and not used are affected
rule-voucher-still-usable = Voided, but { $left } that buyers have claimed stay usable
rule-voucher-counts = { $issued } issued, { $claimed } claimed and { $used } used cannot all be right
rule-review-unanswered = Not answered for { $days } days
rule-review-overdue = Was to be answered by { $by }
rule-review-not-sent = A reply is written and not sent: send it under 评价详情, then mark it as answered
rule-review-no-reply = Counts as answered, but the reply is not kept here
rule-checklist-next = { $done } of { $all }; next: { $step }
rule-checklist-skipped = “{ $step }” has no evidence, although “{ $later }” after it has
rule-checklist-incomplete = On sale, but steps without evidence: { $open }
rule-checklist-waiting = Under review; the answer is due by { $by }
rule-checklist-overdue = The review was to be done by { $by }
rule-checklist-many = 10 or more were submitted that day, so the review may take longer
rule-checklist-no-date = Under review, but the day it was submitted is missing
rule-checklist-rejected = Rejected: change it and submit it again, or delete it
rule-checklist-may-withdraw = Can be withdrawn (撤回) while it is under review
rule-checklist-not-certified = Released only after 商业信息认证, for which there is no evidence
rule-checklist-vouchers = Delisting it would affect { $unused } vouchers that are out and not used
rule-checklist-no-contact = On sale, but no support contact is kept for it
rule-checklist-prices-differ = { $field } is { $here } here and { $priced } under Prices
rule-contact-on-duty = On duty now, until { $until }
rule-contact-off-duty = Next on duty at { $from }
rule-contact-holiday = Today is a public holiday
rule-contact-holidays-unknown = The public holidays of { $year } are not known here yet; only weekends are counted
rule-checklist-holidays-unknown = The public holidays of { $year } are not known here yet; the review's day counts weekends alone
rule-contact-no-hours = The reception hours are missing
rule-contact-few-hours = { $days } days of { $hours } hours are less than 5 × 8
rule-contact-missing = Missing: { $field }
rule-contact-unreachable = A buyer could not reach it once
rule-contact-unreachable-often = Buyers could not reach it { $times } times: the product may be delisted (下架)
rule-contact-check = Nobody has tried it for { $days } days
rule-contact-international = The international site asks for a time zone and for support in English
basis-category = A voucher fits one category, 联营商品 or 通用商品; when its product moves to the other, it lapses by itself. The product's category is taken from its listing checklist here.
basis-expiry = The day typed in is the last one, by the calendar of Beijing. The pages tell of no reminder; here it comes 7 days before.
basis-delisting = Delisting a product, specification or SKU affects vouchers that were issued and not used. Counted from the figures typed in here.
basis-void = A voided (作废) voucher is no longer shown nor claimable; claimed ones stay usable.
basis-counts = Follows from the figures typed in: claimed are at most issued, used at most claimed.
basis-prices = Vouchers go by what stands here, settlement and unsubscription by Prices: one of the two is wrong.
basis-answer = A review is answered within 3 days of its date, or by the reminder that is set. The pages name no time.
basis-draft = Follows from state and reply as they are kept here; Sellerdesk cannot send a reply.
basis-steps = The steps of 上架流程 for this kind of product, in their order. A step counts as done once its evidence stands here.
basis-evidence = What is on sale went through every step, so each has evidence.
basis-review = A review takes 3 working days; public holidays and the weekends made up for them are counted in. With 10 or more submissions on one natural day it takes longer.
basis-rejected = A rejected (已驳回) application can be viewed, modified and deleted.
basis-withdraw = SaaS, License and 人工服务 of joint operation (联营) can be withdrawn while 待审核.
basis-certified = 商业信息认证 comes before every release.
basis-contact = Follows from the registers: no active support contact here names this product.
basis-duty = The hours hold in the contact's own time zone, else Beijing's. Public holidays of China and the weekends made up for them are counted in, unless the contact says otherwise or is of the international site.
basis-holidays = The holiday table is announced year by year; a newer one can be laid into the data directory.
basis-hours = Reception asks for at least five days of eight hours (5×8).
basis-page = 服务与支持 of a product holds service time, content, phone and mail.
basis-unreachable = Sellers who repeatedly cannot be reached have the product delisted. How often that is, the pages do not say; twice is taken for it.
basis-check = Somebody tries a contact every 90 days. The pages only ask that it can be reached.
basis-international = 服务与支持 on the international site names a time zone such as (GMT+08:00) and supports English.
entry-missing = { $field } is missing
entry-too-long = { $field } has { $length } characters; at most { $max } are taken
entry-malformed = { $field } is “{ $text }”; write it as { $form }
entry-no-choice = { $field } is “{ $text }”; it is one of { $choices }
entry-no-such-field = “{ $field }” is no field; there are { $fields }
entry-repeated = the same entry stands in row { $first } already
entry-no-such-entry = no entry has the id “{ $id }”
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun
registers-show-all = Show all
registers-unsaved = Typed and not saved
toast-entry-put = Entry saved
toast-entry-same = Nothing to save: it was kept so already
toast-entry-removed = Entry of { $name } removed
toast-entry-restored = Entry of { $name } is back
registers-nothing-due = Nothing in the registers is due
registers-are-due = { $count ->
    [one] { $count } entry of the registers is due:
   *[other] { $count } entries of the registers are due:
}
weight-note = Note
weight-soon = Soon
weight-due = Do now
registers-new = New entry
registers-save = Save
registers-revert = Discard changes
registers-copy = Copy
registers-remove = Delete
registers-removed = Deleted: { $name }
registers-undo = Undo
registers-documented = Rule
registers-assumed = Assumed here
registers-related = Belongs to it
registers-same-key = Another entry has the same { $fields }. Change that one, or say what tells them apart:
registers-open-order = Order { $order }
registers-history = History
registers-was-added = added
registers-was-removed = deleted
registers-was-changed = changed
registers-no-choice = –
registers-today-button = Today
registers-evidence = Evidence of { $step }
registers-evidence-hint = Evidence: a day, the number of a report, a link
registers-use-template = Use a template:
registers-no-templates-short = none yet, see “Reply templates” above
registers-left = Still to be filled in: { $names }
registers-copy-reply = Copy the reply
registers-mark-answered = It was sent
registers-mark-answered-meaning = Sets the status to answered and the reply's day to today; then save.
registers-remind = Remind me:
registers-import = Import…
registers-templates = Reply templates
registers-add = Add…
registers-copy-list = Copy the list
registers-new-template = New template
no-templates = No reply templates yet
no-templates-meaning = A template is a reply with gaps, such as the buyer's name, that are filled from the review and from the product's support contact.
registers-first-templates = Begin with three
registers-template-name = Template name
registers-template-text = Text
registers-insert = Put in:
registers-save-template = Save the template
registers-remove-template = Delete the template
registers-remove-template-question = Delete the template “{ $name }”? Replies that were written with it stay.
template-no-name = A template has a name
template-no-text = A template has a text
template-too-long = A name has at most 80 characters, a text 4,000
template-taken = Another template has this name
template-thanks = Thanks
template-thanks-text = {"Dear {buyer}, thank you for your kind review. If anything comes up, write to us at {mail}."}
template-sorry = Apology
template-sorry-text = {"Dear {buyer}, we are sorry that it did not work as you expected. We want to mend it: please reach us at {phone} or {mail} and name your order {orderId}."}
template-ask = Ask for details
template-ask-text = {"Dear {buyer}, thank you for telling us. Could you write to {mail} what happened on {date}? We answer on working days."}
toast-templates-put = Templates saved
toast-template-removed = Template deleted
import-fate-changes = changes { $columns }

## What came to nothing, and why
system-not-found = there is no such file or folder
system-not-allowed = this user may not
system-exists = there is one of this name already
system-disk-full = the disk is full
system-read-only = the disk can only be read
system-is-folder = it is a folder
system-no-folder = part of its path is no folder
system-busy = another program has it open
system-address-taken = another program listens there
system-address-not-here = this computer has no such address
system-other = the system says: { $text }
store-open = The database { $path } cannot be opened: { $reason }
store-too-new = The database { $path } was written by a newer Sellerdesk. Start the newer one.
store-newer = The database holds { $what }, which this version does not know. Start the newer Sellerdesk.
store-migration = The database { $path } could not be brought to the form of this version ({ $reason }). A copy is at { $backup }.
store-disk-full = The disk is full. Free some space; nothing that was acknowledged is lost.
store-busy = Another process holds the database for too long. Try again.
store-closed = Sellerdesk is ending, so nothing more is kept.
store-cancelled = It was cancelled.
store-no-message = There is no message { $id } any more.
store-panicked = It broke off inside Sellerdesk; nothing of it was kept. Try again.
store-unseal = A stored credential cannot be opened. Check that seal.key is the one of this data directory.
store-seal = A secret cannot be sealed; nothing was written
backup-none = { $file } is no backup of Sellerdesk: there is no database in it
backup-in-use = Sellerdesk is at work in { $folder }; stop it first, nothing was changed
backup-unusable = The backup cannot be used, nothing was changed: { $reason }
backup-other-key = The keys in the backup were sealed with another key than this directory's, nothing was changed: { $reason }
backup-halfway = { $file } cannot be put in its place: { $reason }. What was there before is in { $before }
store-sqlite = The database refused it: { $reason }
config-unreadable = The settings { $path } cannot be read: { $reason }
config-unwritable = The settings { $path } cannot be written, so nothing was changed: { $reason }
config-line = Line { $line } of config.toml is wrong, so nothing was changed: { $reason }
config-invalid = config.toml would be wrong, so nothing was changed: { $reason }
key-file = { $path } cannot be used: { $reason }
key-damaged-seal = { $path } is damaged. Put it back from your backup; what is sealed can be read with it alone.
key-lost-seal = { $sealed } was sealed with a key that is gone. Put { $path } back from your backup, or unlock the keychain that holds it.
key-damaged-secrets = { $path } is damaged or was sealed with another key. Put it back from your backup, or remove it and set the keys again.
key-length = A key has 1 to { $max } characters, this one has { $length }.
key-blanks = A key has no blank at its ends and no line breaks. Copy it again.
key-not-set = No key is set there for { $class }.
key-of-environment = The key for { $class } comes from the environment. Unset { $variable } there.
key-old-still-valid = An old key for { $class } is valid since { $since }, and there can be one only. End it before another becomes old.
key-no-old = No old key for { $class } is valid there.
key-access-not-set = AK and SK are not set there.
key-access-of-environment = AK and SK come from the environment. Unset SELLERDESK_AK and SELLERDESK_SK there.
key-no-access = An AK has printable ASCII without blank and comma. Copy it again from My Credentials (我的凭证).
key-token-length = A security token has 1 to 8192 characters.
key-no-rsa = No RSA private key is set there.
key-rsa-of-environment = The RSA private key comes from the environment. Unset { $variable } there.
pem-none = That is no private key in PEM, which begins with “-----BEGIN PRIVATE KEY-----”.
pem-encrypted = The private key is encrypted. KooGallery's keys have no password; “openssl pkcs8 -topk8 -nocrypt” removes it.
pem-no-rsa = The text in the PEM is no RSA private key.
pem-short = The RSA key has { $bits } bits; KooGallery asks for 2048 or more.
pem-long = That is too long for a private key.
file-unreadable = { $file } cannot be read: { $reason }
file-unwritable = { $file } cannot be written: { $reason }
file-none = { $file } is no file.
file-table = { $file }: { $reason }
file-interrupted = It broke off inside Sellerdesk. Try again.
file-no-format = { $file }: the name has to end with .csv or .xlsx.
sheet-too-large = The file is larger than { $max } MiB. Split it.
sheet-too-many-rows = There are more than { $max } rows. Split the table.
sheet-too-wide = Row { $row } has more than { $max } columns.
sheet-too-much = Row { $row }: the table holds more text than fits into memory. Split it.
sheet-empty = There is nothing in it.
sheet-password = The workbook is protected with a password. Save it without one.
sheet-old-excel = That is an old Excel workbook (.xls). Save it as .xlsx or CSV.
sheet-no-workbook = That is a zip archive and no Excel workbook. Save the table as .xlsx or CSV.
sheet-markup = That is a web page or XML, whatever its name says. Open it in a spreadsheet and save it as .xlsx or CSV.
sheet-broken = The workbook is damaged ({ $reason }). Save it anew.
sheet-no-text = Line { $line }, column { $column }: neither UTF-8 nor GBK. Save the file as CSV UTF-8 or .xlsx.
sheet-open-quote = Line { $line }, column { $column }: the quotation mark is never closed.
sheet-workbook = the workbook cannot be written ({ $reason })
workdays-malformed = { $file }, line { $line }: “{ $text }” is no day off or working day. A line is “2026-10-01..2026-10-07 off” or “2026-10-10 work”.
workdays-empty = { $file } names no day.
refusal-license-length = The License has { $length } characters. KooGallery takes 1 to { $max }; hand over a longer one as a file.
refusal-license-file = The file { $name } is empty or too long. KooGallery takes 1 to { $max } bytes.
refusal-no-usage-columns = No row of the table has the headings of usage: instanceId, beginTime, endTime, usageValue.
refusal-no-columns = No row of the table has the headings of { $kind }: { $columns }.
refusal-missing-columns = The table has no column { $columns }.
refusal-no-rows = The table has no rows below its headings.
refusal-no-instance = There is no instance { $instance } any more.
refusal-handed-over = A License was already handed over for this event at { $at }; this one was not sent.
refusal-handing-over = Another License is being handed over for this event just now, so this one was not sent. See what comes of that first.
refusal-no-event-id = “{ $text }” is no event id: it has 1 to 64 characters and no blanks.
refusal-rows-wrong = { $wrong ->
    [one] Nothing was taken: one row is wrong, row { $row }: { $problem }
   *[other] Nothing was taken: { $wrong } rows are wrong, the first is row { $row }: { $problem }
}
refusal-no-batch = There is no import with the number { $number }.
refusal-taken-back = The import { $number } was taken back before.
refusal-no-entry = The entry is gone; somebody removed it meanwhile.
refusal-template = “{ $name }”: { $problem }
refusal-no-secret = No clientSecret of the application { $app } is kept.
refusal-usage = Record { $sn }: { $reason }
debug-no-address = “{ $text }” is no address; one looks like https://www.example.com/produce.
debug-no-json = The field { $field } is no JSON: { $reason }
debug-no-interface = The kit has no interface { $name }.
debug-no-endpoint = The endpoint { $name } is no longer in the settings.
debug-no-case = The case was deleted meanwhile.
debug-no-client = The call cannot be made from here: { $reason }
bench-no-address = That is no address ({ $reason }). One looks like https://api.example.com/v1/path.
bench-not-https = An API product is called over https; http is for this computer only.
bench-no-header = “{ $line }” is no header. Write Name: value.
bench-no-method = “{ $method }” is no HTTP method.
bench-header-name = “{ $name }” is no name of a header.
bench-header-value = The header { $name } holds a control character.
bench-header-twice = The header { $name } is there twice. Write it once.
bench-app-key = An AppKey has 1 to 128 printable ASCII characters without blank and comma. Copy it again.
bench-not-signed = The request cannot be signed: { $reason }
