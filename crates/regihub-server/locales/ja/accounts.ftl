# はじめての設定とログイン
setup-title = はじめての設定
setup-intro = 最初の管理者を作ります。プログラムの起動時に表示されたセットアップコードが必要です。
setup-code = セットアップコード
setup-code-hint = サーバーの起動画面またはログに表示されています。
setup-workspace = ワークスペース名
setup-workspace-hint = 会社やお店の名前など、見分けやすい名前にしてください。
setup-password-hint = { $shortest }文字以上。長い合い言葉がおすすめです。
setup-submit = 管理者を作ってはじめる
setup-wrong-code = セットアップコードが違います。サーバーの起動時に表示されたコードを確かめてください。
setup-missing = ワークスペース名とログイン名を入力してください。
setup-password-length = パスワードは{ $shortest }文字以上、1,024バイト以下にしてください（いまは{ $got }文字です）。
login-title = ログイン
login-name = ログイン名
login-password = パスワード
login-submit = ログイン
login-wrong = ログイン名かパスワードが違います。
login-wait = 失敗が続いたため、しばらくログインできません。{ $minutes }分後にもう一度お試しください。
