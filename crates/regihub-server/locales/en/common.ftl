# For all pages
menu-label = Menu
menu-dashboard = Dashboard
menu-stock = Stock
menu-sales = Sales
menu-orders = Orders
menu-events = Events
menu-exchanges = Exchange log
menu-parked = Parked
menu-settings = Settings
skip-to-content = Skip to content
logout = Log out
live-hint = Updates by itself when something changes
live-open = Live
live-lost = Reconnecting
time-zone-note = All times are Japan time
language-unknown = That language is not available. Choose Japanese or English.

age-now = just now
age-seconds = { $count ->
    [one] { $count } second ago
   *[other] { $count } seconds ago
}
age-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
age-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
age-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
never = not yet
unknown-mark = unknown
yen = ¥{ $amount }
pieces = { $count ->
    [one] { $count } piece
   *[other] { $count } pieces
}
bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
attempts = { $count ->
    [one] { $count } attempt
   *[other] { $count } attempts
}
store-number = Store { $id }
product-number = Product { $id }
needs-person = Needs a person
recorded = Recorded
see-event = See the event
see-exchange = See the exchange
see-order = See the order
copy = Copy
try-again = Try again
try-again-now = Yes, try again

paging-older = Older
paging-next = Next page
filter-all = All
filter-submit = Show
filter-source = Source
filter-partner = Partner
filter-state = State
filter-event-id = Number or id
filter-failed = Failures only
filter-problems = Only those that need a person
filter-connection = Connection
filter-shop = Shop
filter-link = Link
filter-search = Search
filter-show = Show only
filter-sort = Order
none-with-problems = Nothing needs a person.

col-number = No.
col-time = Time
col-received = Received
col-source = Source
col-event = What
col-state = State
col-sender-id = Sender's id
col-partner = Partner
col-request = Request
col-answer = Answer
col-took = Took
col-sale = Sale
col-sold = Sold
col-store = Store
col-shop = Shop
col-pieces = Pieces
col-total = Total
col-remark = Remark
col-order = Order
col-placed = Placed
col-line = Line
col-product = Product
col-code = Code
col-quantity = Quantity
col-price = Unit price
col-kind = Kind
col-change = Change
col-smaregi-change = Smaregi change id
col-tag = Tag
col-published = Published
col-levels = Stock in stores
col-demand = Pending orders
col-margin = Margin
col-fresh = Last checked
col-since = Since
col-cause = Cause
col-level-after = After
col-proof = Proof
col-result = Result
lines = Lines

error-home = To the dashboard
error-400-title = This could not be accepted
error-400-what = Part of what was sent could not be read.
error-400-todo = Go back, check what you entered and try again. Nothing has been changed.
error-403-title = This is not allowed
error-403-what = The request came from another site and was stopped for your safety.
error-403-todo = Open the page on this site again and repeat it there. If the hub runs behind a proxy, check the public URL in its configuration.
error-404-title = Page not found
error-404-what = No page has this address, or it does not belong to your workspace.
error-404-todo = Check the address, or use the menu.
error-500-title = This page cannot be shown
error-500-what = Something went wrong inside the program. Your stock is still being kept in step.
error-500-todo = Wait a moment and open the page again. If it goes on, show the server's log to your administrator.
error-503-title = Data cannot be read or written now
error-503-what = The database is busy, or the disk is full.
error-503-todo = Wait a moment and open the page again. If it goes on, check the free space on the disk.

reason-no-product = Smaregi has no product with this code. Give the Smaregi product the shop's SKU as its code.
reason-several-products = Smaregi has several products with this code. Give each its own code.
reason-not-managed = Smaregi does not manage the stock of this product.
reason-deleted = The product has been deleted in Smaregi.
reason-unknown-sku = The shop does not know this SKU.
reason-no-result = The shop's answer has no result for this item.
reason-no-connection = This shop is not linked with a Smaregi connection.
reason-unlinked = These SKUs have no product in Smaregi: { $detail }
reason-unreachable = Smaregi could not be reached: { $detail }
reason-no-answer = Smaregi gave no answer: { $detail }
reason-no-token = Signing in to Smaregi failed: { $detail }
reason-no-scope = The app may not do this. Check its scopes, the plan and the contract: { $detail }
reason-not-found = Smaregi does not have this: { $detail }
reason-too-many = Smaregi's limit of requests is reached: { $detail }
reason-smaregi-fails = Smaregi has a problem: { $detail }
reason-smaregi-refused = Smaregi refused it: { $detail }
reason-unreadable = Smaregi's answer cannot be read: { $detail }
reason-shop-no-answer = The shop gave no answer: { $detail }
reason-shop-key = The shop does not accept the API key: { $detail }
reason-shop-too-many = The shop's limit of requests is reached: { $detail }
reason-shop-fails = The shop has a problem: { $detail }
reason-shop-refused = The shop refused it: { $detail }
reason-odd-answer = The shop's answer does not follow the contract: { $detail }
