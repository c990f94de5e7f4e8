# First set-up and log-in
setup-title = First set-up
setup-intro = This makes the first administrator. You need the set-up code that was printed when the program started.
setup-code = Set-up code
setup-code-hint = It is shown on the server's screen or in its log.
setup-workspace = Workspace name
setup-workspace-hint = The name of your company or shop, so that you can tell it from others.
setup-password-hint = At least { $shortest } characters. A long phrase is best.
setup-submit = Make the administrator and begin
setup-wrong-code = The set-up code is wrong. Check the code that was printed when the server started.
setup-missing = Enter a workspace name and a login name.
setup-password-length = The password needs at least { $shortest } characters and at most 1,024 bytes (it has { $got } characters now).
login-title = Log in
login-name = Login name
login-password = Password
login-submit = Log in
login-wrong = The login name or the password is wrong.
login-wait = Too many failed attempts. Try again in { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
