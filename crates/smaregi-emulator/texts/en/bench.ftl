# Test bench
only-failed = Failures only
col-number = No.
col-request = Request
col-answer = Answer
col-event = Event
col-event-id = Event id
col-outcome = Outcome
col-took = Took
col-url = Address
no-answer = no answer

requests-lead = What apps called and how it was answered, newest first. The last 1,000 calls are kept.
requests-empty = No call fits.
requests-path = Path
requests-no-app = unknown
request-number = Call { $number }
request-fault = Fault that hit it
request-slow = Made late by
request-sent = Request body
request-kept = Bodies of writes and of failed answers are kept, 4,096 bytes of each. Request bodies of the token host are not kept.

webhooks-lead = What was told to apps. Without a 2xx within 3 seconds a delivery has failed; like the real Smaregi, the emulator does not resend.
webhooks-pending = Waiting to be sent
webhooks-waiting = Waiting deliveries
webhooks-log = Delivery log
webhooks-text = Search
webhooks-empty = No delivery fits.
outcome-delivered = Delivered
outcome-refused = Refused
outcome-failed = No connection
outcome-timed-out = Timed out
outcome-dropped = Dropped
webhook-number = Delivery { $number }
webhook-repeats = repeats { $number }
webhook-earlier = Repeats delivery
webhook-error = Why it failed
webhook-again = Send again
webhook-again-hint = A tool of the emulator only. The same content is sent as it was.
webhook-sent-again = Delivery { $number } is sent again as { $again }.
webhook-headers-sent = Request headers
webhook-body = Request body
webhook-no-body = The answer had no body.

fault-title = Fault panel
fault-lead = Make connections and partners fail on purpose, and see whether an app survives. This console and the control interface are not affected.
fault-badge = Faults that are on
fault-calm-now = All is calm. No fault is on.
fault-storm-now = { $count ->
    [one] { $count } kind of fault is on.
   *[other] { $count } kinds of fault are on.
}
fault-calm = Calm everything
fault-calmed = All faults have ended.
fault-calls = Faults of API calls
fault-what = Fault
fault-whom = Calls
fault-how-often = How often
fault-number = No.
fault-every-call = all
fault-status = Answer { $status }
fault-slow = { $ms } ms late
fault-times = { $times } more ({ $percent }%)
fault-endless = without end ({ $percent }%)
fault-next = Next calls
fault-next-deliveries = Next deliveries
fault-next-hint = empty: without end
fault-percent = Share (%)
fault-method = Method
fault-path = Path contains
fault-path-hint = empty: all
fault-ms = Milliseconds
fault-ms-hint = for “answer late”
fault-retry-after = Retry-After (seconds)
fault-retry-after-hint = for a status
fault-add = Add
fault-added = The fault is on.
fault-remove = Remove
fault-removed = The fault was removed.
fault-kind-unknown = There is no fault “{ $kind }”. Choose one from the list.
fault-webhooks = Faults of webhooks
fault-webhooks-what = The next ones are hit for certain; the share is hit by chance.
fault-delay = Delay (milliseconds)
fault-set = Set
fault-webhooks-set = The faults of webhooks are set.
hit-status = Answered with an error
hit-slow = Answer late
hit-drop-before = Cut before anything is done
hit-commit-then-drop = Do it, then cut before the answer
hit-webhook-drop = Lose
hit-webhook-delay = Delay
hit-webhook-duplicate = Send twice
hit-webhook-reorder = Change the order

mails-lead = Mails that would have been sent end up here. Nothing leaves this machine.
mails-empty = There are no mails yet. An app can hand one over like this.
mails-clear = Delete all
mails-cleared = All mails are deleted.
mail-from = From
mail-to = To
mail-subject = Subject

clock-lead = When the emulator's clock runs forward, tokens, dates and layaways age with it. Waiting deliveries still wait for real.
clock-now = Time of the emulator
clock-ahead = Ahead of real time by
clock-real = nothing
clock-forward = Run the time forward
clock-minutes = { $count } min
clock-hours = { $count } h
clock-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
clock-count = How much (negative goes back)
clock-unit = Unit
clock-unit-minutes = minutes
clock-unit-hours = hours
clock-unit-days = days
clock-unit-unknown = The unit is one of minutes, hours and days.
clock-advance = Advance
clock-to = To a date and time (Japan)
clock-set = Set
clock-back = Back to real time
clock-is-now = It is { $now } now.

maintenance-title = Maintenance
maintenance-what = While it is on, the API and the token host answer 503.
maintenance-on = Maintenance is on.
maintenance-start = Begin maintenance
maintenance-stop = End maintenance
maintenance-started = Maintenance is on.
maintenance-stopped = Maintenance has ended.
tokens-title = Expire tokens
tokens-what = Ends the access tokens that were issued, at once. Apps have to get new ones.
tokens-refresh = Expire refresh tokens too
tokens-expire = Expire them
tokens-expired = { $count ->
    [one] { $count } token has expired.
   *[other] { $count } tokens have expired.
}
