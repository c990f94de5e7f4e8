//! The emulator on a real socket.

mod bench;

use bench::{Bench, CONTRACT, SHIRT, relaxed};
use smaregi_emulator::{FaultAction, FaultRule, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Sends a raw request; everything that comes back until the connection ends.
async fn talk(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn it_serves_and_breaks_connections_and_stops() {
    let bench = Bench::new(relaxed());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(bench.emulator.clone(), listener, async { drop(stopped.await) }));
    let head = format!("host: {address}\r\nauthorization: Bearer {}\r\nconnection: close\r\n", bench.token);

    let list = talk(address, &format!("GET /{CONTRACT}/pos/products?limit=1 HTTP/1.1\r\n{head}\r\n")).await;
    assert!(list.starts_with("HTTP/1.1 200"), "{list}");
    assert!(
        list.contains(&format!("link: <http://{address}/{CONTRACT}/pos/products?limit=1&page=2>; rel=\"next\"")),
        "{list}"
    );

    bench.emulator.faults().add(FaultRule::next(1, FaultAction::CommitThenDrop));
    let body = r#"{"storeId":"1","stockAmount":"1"}"#;
    let length = body.len();
    let add =
        format!("POST /{CONTRACT}/pos/stock/{SHIRT}/add HTTP/1.1\r\n{head}content-length: {length}\r\n\r\n{body}");
    let cut = talk(address, &add).await;
    assert!(!cut.contains("stockAmount"), "no answer may come: {cut}");
    assert_eq!(bench.stock(SHIRT, 1).as_deref(), Some("11"));

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_console_opens_to_this_machine_and_not_to_the_network() {
    for (bind, expected) in [("127.0.0.1:0", "HTTP/1.1 200"), ("0.0.0.0:0", "HTTP/1.1 403")] {
        let bench = Bench::new(relaxed());
        let listener = TcpListener::bind(bind).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(bench.emulator.clone(), listener, async { drop(stopped.await) }));
        let request = format!("GET /console/ HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
        let page = talk(([127, 0, 0, 1], port).into(), &request).await;
        assert!(page.starts_with(expected), "{bind}: {page}");
        assert_eq!(page.contains(CONTRACT), expected.ends_with("200"), "{bind}: {page}");
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }
}
