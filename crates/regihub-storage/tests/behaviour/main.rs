//! One suite of stories for every way to store: SQLite with threads, SQLite inline, PostgreSQL.

mod place;
mod postgres_only;
mod sqlite_only;
mod stories;
mod two_databases;

use place::{Kind, Place};

/// Makes one test of every story for every kind of storage.
macro_rules! everywhere {
    ($($module:ident { $($story:ident,)+ })+) => {
        everywhere! { @kind sqlite_with_threads Kind::SqliteThreads; $($module { $($story,)+ })+ }
        everywhere! { @kind sqlite_inline Kind::SqliteInline; $($module { $($story,)+ })+ }
        everywhere! { @kind postgres Kind::Postgres; $($module { $($story,)+ })+ }
    };
    (@kind $name:ident $kind:expr; $($module:ident { $($story:ident,)+ })+) => {
        mod $name {
            use super::*;
            $(mod $module {
                use super::*;
                $(
                    #[tokio::test]
                    async fn $story() {
                        stories::$module::$story(Place::new($kind)).await;
                    }
                )+
            })+
        }
    };
}

everywhere! {
    inbox {
        an_acknowledged_message_is_there_after_reopening,
        a_repeated_message_is_recognised,
        messages_without_an_id_are_never_taken_for_repeats,
        a_message_and_the_jobs_it_asks_for_are_one_commit,
        a_message_of_no_use_is_kept_with_the_reason,
        what_was_appended_and_committed_is_counted,
        a_thousand_appends_at_once_are_all_stored,
    }
    units {
        a_unit_of_work_happens_completely_or_not_at_all,
        a_failing_unit_does_not_take_others_with_it,
        a_reading_unit_cannot_write,
        a_closed_storage_says_so,
        signs_that_one_database_cannot_hold_are_stored_alike,
    }
    jobs {
        a_hundred_notifications_are_one_job,
        a_job_that_became_dirty_while_it_was_worked_on_runs_again,
        a_job_that_did_not_change_ends,
        a_parked_job_waits_for_a_person_or_for_news,
        a_failed_job_waits_and_counts_its_attempts,
        jobs_are_taken_oldest_first,
        owners_with_work_are_found_whatever_the_backlog,
        the_backlog_is_counted_by_owner_and_kind,
        a_job_planned_by_a_clock_that_ran_ahead_does_not_wait_for_that_time,
    }
    leases {
        a_lease_is_held_by_one_node_until_it_is_over,
        a_renewed_lease_is_not_over,
        a_lease_given_back_is_free_at_once,
        what_was_begun_before_another_node_took_over_is_not_booked,
        an_intent_that_another_node_took_is_not_sent,
        a_lease_of_a_clock_that_ran_ahead_does_not_last_for_ever,
        who_is_alone_takes_what_a_dead_process_held,
        a_restarted_lane_of_the_same_node_gets_a_new_token,
    }
    ledger {
        the_entries_of_a_pair_add_up_to_its_level,
        a_pair_that_does_not_add_up_is_found,
        causes_read_back_as_they_were_booked,
        expectations_wait_until_they_are_forgotten,
        what_nothing_explains_is_found_when_it_is_old,
    }
    publications {
        numbers_are_sent_first_in_first_out,
        a_newer_number_computed_during_a_push_stays_dirty,
        every_sent_number_keeps_what_made_it,
        a_refused_item_does_not_stop_the_others,
    }
    intents {
        an_intent_walks_from_planned_to_confirmed,
        an_intent_that_is_no_longer_planned_is_not_sent,
        demand_is_what_is_sold_and_not_yet_written,
        a_tag_is_used_once,
        intents_become_ready_when_their_time_comes,
    }
    setup {
        connections_shops_and_links_read_back,
        a_link_never_crosses_tenants,
        accounts_and_sessions_come_and_go,
    }
    mirrors {
        products_are_kept_by_id_and_found_by_code,
        a_thousand_products_are_saved_at_once,
        sales_keep_their_newest_version_and_are_listed_by_time,
        orders_read_back_and_are_listed_by_time,
        listings_keep_the_margin_a_person_set,
        exchanges_are_masked_cut_and_packed,
        facts_are_kept_by_owner_and_name,
    }
    tidying {
        old_entries_are_folded_into_one_and_the_ledger_still_adds_up,
        a_ledger_that_begins_with_a_sale_is_folded_like_any_other,
        old_messages_and_calls_go_and_young_ones_stay,
        what_explains_the_number_of_today_is_kept,
        what_open_work_rests_on_is_kept,
        a_page_points_at_nothing_that_is_gone,
    }
}
