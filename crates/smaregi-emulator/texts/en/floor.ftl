# Shops
product-search-hint = Name, code or id
products-none = No product fits.
products-more = There are more. Narrow the search.
pieces-label = Pieces
discount = Discount (yen)
never-moved = Has never moved, which is not the same as zero
not-counted = not counted
col-product = Product
col-code = Code
col-price = Unit price
col-stock = Stock
col-sum = Sum
col-total = Total
col-sale = Sale
col-sold = Sold
col-remark = Remark
col-time = Time
amount-subtotal = Subtotal
amount-discount = Discount
amount-points = Points used
amount-tax = Tax
amount-tax-inside = Tax included
amount-tax-on-top = Tax on top

till-product = Product
terminal-none = no terminal (number 1 is used)
till-shelf = Shelf
till-add = Add
till-add-one = Put { $name } into the basket
till-basket = Basket
till-basket-empty = Add products from the shelf.
till-drop = Remove
till-drop-one = Take { $name } out of the basket
till-no-member = No member
member-search-hint = Name or member code
members-none = No member fits.
till-is-return = Return
till-update = Recalculate
till-sell = Ring up
till-give-back = Register the return
till-sell-offline = Ring up offline
till-random = Sell something at random
till-empty = The basket is empty. Add a product.
till-rung-up = Rung up.
till-nothing-to-sell = There is nothing to sell.
till-sold-offline = Rung up offline. The server does not know of it yet.
till-reported = { $count ->
    [one] { $count } sale was reported to the server.
   *[other] { $count } sales were reported to the server.
}
offline-title = Offline till
offline-what = Sales of a till without network do not reach the server. They arrive later, with the time at which they were made.
offline-none = No sale waits to be reported.
offline-report = Go online and report

sales-empty = There are no sales yet.
sale-number = Sale { $id }
sale-received = Received
sale-partner = Counter-entry to
sale-cancelled = Cancelled
sale-disposed = Disposed
sale-counter = Counter-entry
sale-return = Return
sale-other = Cash in/out and the like
sale-moved = Stock it moved
sale-undo = Take this sale back
sale-cancel = Cancel (取消)…
sale-cancel-what = For a mistake at the till. The same sale is marked as cancelled; stock and points come back.
sale-cancel-yes = Yes, cancel it
sale-cancel-done = Sale { $id } was cancelled.
sale-dispose = Dispose (打消)…
sale-dispose-what = For goods that come back. A counter-entry is made; stock and points come back.
sale-dispose-yes = Yes, dispose of it
sale-dispose-done = Sale { $id } was disposed of.
sale-return-at-till = Return at the till
sale-json = As the API shows it (JSON)

goods-lead = Goods in adds pieces; a correction sets what is on the shelf. Empty rows stay as they are.
goods-receive = Goods in (pieces to add)
goods-correct = Correction (pieces there are)
goods-receive-short = Add
goods-correct-short = Set
goods-amount = Pieces
goods-book = Book
goods-nothing = Enter at least one number.
goods-positive = Goods in takes a number from 1 (entered: { $got }).
goods-received = { $count ->
    [one] Goods in of { $count } product was booked.
   *[other] Goods in of { $count } products was booked.
}
goods-corrected = { $count ->
    [one] The stock of { $count } product was set.
   *[other] The stock of { $count } products was set.
}
goods-partly = { $count ->
    [one] { $count } product was booked, then it stopped. { $reason }
   *[other] { $count } products were booked, then it stopped. { $reason }
}

col-sum-stock = All
col-by-store = By store
product-id = Product id
stock-now = { $store } has { $level } now.
history-title = History
history-all = Show all stores
history-empty = Nothing has moved yet.
col-change-id = Change id
col-why = Why
col-change = Change
col-level-after = After
# 在庫区分 (platform-pos.md §4)
division-01 = Correction
division-02 = Sale
division-03 = Goods in
division-04 = Stock out
division-05 = Stock in
division-06 = Rental
division-07 = Layaway
division-08 = Stocktaking
division-09 = Adjustment
division-10 = Shipment
division-11 = Shop connection
division-12 = Return
division-13 = Promotion
division-14 = Loss
division-15 = API
division-16 = Component of a sale
division-17 = Missing on receipt
division-18 = Allocated to an order
