# Dashboard
verdict-no-links = There is no link yet. Once a Smaregi connection and a shop are set up, you see here how they are.
verdict-all-stopped = The link is stopped. The shop keeps the numbers it had then.
verdict-unreachable = The other side cannot be reached: { $error }. We keep trying. If it goes on, check the settings and the credentials.
verdict-parked = { $count ->
    [one] One thing waits for you. Everything else is running.
   *[other] { $count } things wait for you. Everything else is running.
}
verdict-late = Stock reaches the shop late. { $count } numbers are waiting, the oldest since { $age }.
verdict-stale = Smaregi's stock was last read { $age }. The shop's numbers may be old.
verdict-working = All is well. { $count ->
    [one] One number is
   *[other] { $count } numbers are
} on the way to the shop.
verdict-well = All is well. The newest stock is from { $age }.
verdict-never-read = Smaregi's stock is being read for the first time. Until that is done, the shop's numbers stay as they are.
dashboard-open-settings = Open the settings
dashboard-empty = There is no link yet. It appears here once a Smaregi connection and a shop are linked.
dashboard-see-parked = { $count ->
    [one] See what waits for you
   *[other] See the { $count } things that wait for you
}
link-running = Running
link-stopped = Stopped
tile-waiting = Waiting to be sent
tile-none-waiting = Nothing waits
tile-oldest = Oldest: { $age }
tile-sales-today = Sales today
tile-orders-today = Orders today
tile-pushes-today = Sent today
tile-last-push = Last: { $age }
tile-published = Published items
tile-unknown = { $count } unknown
tile-problems = { $count ->
    [one] { $count } problem
   *[other] { $count } problems
}
tile-jobs = Being worked on
heard-title = Last heard
heard-notification = Event from Smaregi
heard-shop-notification = Event from the shop
heard-sales = Sales read
heard-stock = Stock read
heard-products = Products read
heard-orders = Orders read
