use crate::place::*;
use regihub_domain::LinkId;
use regihub_storage::*;

fn settings(margin: i64) -> LinkSettings {
    LinkSettings { stock_stores: vec!["1".into(), "2".into()], order_store: "1".into(), margin }
}

pub async fn connections_shops_and_links_read_back(place: Place) {
    let storage = place.open();
    let (new, link) = storage
        .write(|unit| {
            let mut setup = unit.setup();
            let workspace_id = setup.add_workspace("渋谷商店", NOON)?;
            let connection_id = setup.add_connection(&connection(workspace_id, "hook-a"), NOON)?;
            let shop_id = setup.add_shop(&shop(workspace_id, "hook-b"), NOON)?;
            let new = NewLink { workspace_id, connection_id, shop_id, running: true, settings: settings(1) };
            let link = setup.add_link(&new, NOON)?;
            Ok((new, link))
        })
        .await
        .unwrap();
    let (again, workspace) = (new.clone(), new.workspace_id);
    let twice = storage.write(move |unit| unit.setup().add_link(&again, NOON)).await;
    assert!(matches!(twice, Err(StorageError::Conflict(_))), "a pair is linked once: {twice:?}");
    let taken = storage.write(move |unit| unit.setup().add_connection(&connection(workspace, "hook-a"), NOON)).await;
    assert!(matches!(taken, Err(StorageError::Conflict(_))), "a hook key names one connection: {taken:?}");
    storage
        .write(move |unit| {
            unit.setup().set_link_running(link, false)?;
            unit.setup().set_link_settings(link, &settings(4))
        })
        .await
        .unwrap();
    storage.close().await;

    let storage = place.open();
    storage
        .read(move |unit| {
            let mut setup = unit.setup();
            assert_eq!(setup.workspaces()?[0].name, "渋谷商店");
            let of_hook = setup.connection_by_hook_key("hook-a")?.unwrap();
            assert_eq!((of_hook.id, of_hook.client_secret.expose()), (new.connection_id, "very-secret-client-text"));
            assert_eq!((of_hook.hook_secret.expose(), of_hook.writes_per_second), ("very-secret-hook-text", 2));
            assert_eq!(
                (of_hook.scopes.as_str(), of_hook.hook_header.as_str()),
                ("pos.stock:read pos.stock:write", "X-Regihub")
            );
            assert!(!format!("{of_hook:?}").contains("very-secret"));
            assert_eq!(setup.connections()?, [setup.connection(new.connection_id)?.unwrap()]);
            let of_hook = setup.shop_by_hook_key("hook-b")?.unwrap();
            assert_eq!(
                (of_hook.api_key.expose(), of_hook.hook_secret.expose()),
                ("very-secret-api-key", "very-secret-shop-hook")
            );
            assert_eq!(setup.shops()?, [setup.shop(new.shop_id)?.unwrap()]);
            assert_eq!(setup.shop_by_hook_key("hook-a")?, None);
            let links = setup.links()?;
            assert_eq!((links[0].id, links[0].running, &links[0].settings), (link, false, &settings(4)));
            Ok(())
        })
        .await
        .unwrap();
    storage.close().await;
}

pub async fn a_link_never_crosses_tenants(place: Place) {
    let storage = place.open();
    let error = storage
        .write(|unit| {
            let mut setup = unit.setup();
            let (a, b) = (setup.add_workspace("A", NOON)?, setup.add_workspace("B", NOON)?);
            let connection_id = setup.add_connection(&connection(a, "hook-a"), NOON)?;
            let shop_id = setup.add_shop(&shop(b, "hook-b"), NOON)?;
            setup.add_link(
                &NewLink { workspace_id: a, connection_id, shop_id, running: true, settings: settings(0) },
                NOON,
            )
        })
        .await;
    assert!(matches!(error, Err(StorageError::Conflict(_))), "{error:?}");
    assert_eq!(
        storage.write(|unit| unit.setup().set_link_running(LinkId(9), true)).await.map_err(|e| e.to_string()),
        Err("link 9 does not exist".into())
    );
    storage.close().await;
}

pub async fn accounts_and_sessions_come_and_go(place: Place) {
    let storage = place.open();
    let user = storage
        .write(|unit| {
            assert_eq!(unit.accounts().user_count()?, 0);
            let workspace = unit.setup().add_workspace("A", NOON)?;
            let user = unit.accounts().add_user(workspace, "hanako", "$argon2id$", "ja", NOON)?;
            unit.accounts().set_language(user, "en")?;
            unit.accounts().add_session("hash-1", user, NOON, NOON + 10)?;
            unit.accounts().add_session("hash-2", user, NOON, NOON + 10)?;
            unit.accounts().add_session("hash-3", user, NOON, NOON + 10)?;
            unit.accounts().touch_session("hash-1", NOON + 5, NOON + 20)?;
            unit.accounts().end_session("hash-3")?;
            Ok(user)
        })
        .await
        .unwrap();
    let known = storage.read(|unit| unit.accounts().user_by_login("hanako")).await.unwrap().unwrap();
    assert_eq!((known.id, known.language.as_str()), (user, "en"));
    assert!(!format!("{known:?}").contains("argon2"), "a hash is not for logs");
    let session = |token: &'static str, now| storage.read(move |unit| unit.accounts().session(token, now));
    let (who, times) = session("hash-1", NOON + 15).await.unwrap().unwrap();
    assert_eq!((who, times.last_seen_at, times.expires_at), (known, NOON + 5, NOON + 20));
    assert_eq!(session("hash-2", NOON + 10).await, Ok(None), "expired");
    assert_eq!(session("hash-3", NOON).await, Ok(None), "ended");
    assert_eq!(storage.write(|unit| unit.accounts().end_expired(NOON + 10)).await, Ok(1));
    storage.close().await;
}
