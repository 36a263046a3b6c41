// Made by `make client`; change the API, then run it.
// OpenAPI document: sha256 76665583e20f5c8d3d86dddfff81970a661dea277581a2962d9b64644a19c16c

export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Alerts
         * @description Thresholds that were reached.
         */
        get: operations["read_alerts_api_v1_alerts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{alert_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Alert
         * @description One alert, what caused it and what is in force because of it.
         */
        get: operations["read_alert_api_v1_alerts__alert_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{alert_id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge
         * @description Answer an alert: the steps that wait for an answer are not taken. Twice is once.
         */
        post: operations["acknowledge_api_v1_alerts__alert_id__acknowledge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/answer/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Answer
         * @description What the link will do. Nothing is changed.
         */
        get: operations["show_answer_api_v1_alerts_answer__token__get"];
        put?: never;
        /**
         * Give Answer
         * @description Do it. A link works once.
         */
        post: operations["give_answer_api_v1_alerts_answer__token__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Messages
         * @description What was said, is waiting, or could not be delivered.
         */
        get: operations["read_messages_api_v1_alerts_messages_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/messages/{message_id}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send Message
         * @description Send a dead message again, with all its attempts.
         */
        post: operations["send_message_api_v1_alerts_messages__message_id__send_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/allocation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Allocation
         * @description Temporary against persistent spend, and what carries no team, product, use case or environment.
         */
        get: operations["get_allocation_api_v1_allocation_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Approvals
         * @description Requests for approval in sight, newest first.
         */
        get: operations["list_approvals_api_v1_approvals_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{request_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Approval
         * @description One request.
         */
        get: operations["read_approval_api_v1_approvals__request_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{request_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decline
         * @description Say no: for a day whoever asks the same is told so, and why.
         */
        post: operations["decline_api_v1_approvals__request_id__decline_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{request_id}/grant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grant
         * @description Say yes: within a second the next try of the same key goes through in every gateway.
         */
        post: operations["grant_api_v1_approvals__request_id__grant_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Audit
         * @description Who changed what, newest first.
         */
        get: operations["read_audit_api_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify Audit
         * @description Whether every entry is as it was written, none is missing, and none was added.
         */
        get: operations["verify_audit_api_v1_audit_verify_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign In
         * @description Sign in by a link, once. A page of another site cannot do this in somebody's name.
         */
        post: operations["sign_in_api_v1_auth_link_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{name}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come Back
         * @description Where the identity provider sends the browser back to.
         */
        get: operations["come_back_api_v1_auth_oidc__name__callback_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/oidc/{name}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Start
         * @description Send the browser to an identity provider.
         */
        get: operations["start_api_v1_auth_oidc__name__start_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Options
         * @description The ways to sign in here.
         */
        get: operations["options_api_v1_auth_options_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Out
         * @description End the session that asks, and take it from the browser.
         */
        post: operations["sign_out_api_v1_auth_sign_out_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budget-forecasts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Forecasts
         * @description What accounts will have spent when their periods end, and when that reaches their limits.
         */
        get: operations["read_forecasts_api_v1_budget_forecasts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budget-pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Pauses
         * @description Budgets that somebody paused.
         */
        get: operations["read_pauses_api_v1_budget_pauses_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budget-workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Borrowers
         * @description Which workers were lent what, and which of them are silent.
         */
        get: operations["read_borrowers_api_v1_budget_workers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budget-workers/{worker}/write-off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write Off Worker
         * @description Write off a silent worker that is lost for ever: what it was lent is charged or free again.
         */
        post: operations["write_off_worker_api_v1_budget_workers__worker__write_off_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Budgets
         * @description Every budget in sight, and how it stands.
         */
        get: operations["read_budgets_api_v1_budgets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Budget
         * @description One budget and how it stands.
         */
        get: operations["read_budget_api_v1_budgets__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}/course": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Course
         * @description How a budget was used up in its period, and when it will be.
         */
        get: operations["read_course_api_v1_budgets__name__course_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Grants
         * @description What was given to a budget, by whom and why.
         */
        get: operations["read_grants_api_v1_budgets__name__grants_get"];
        put?: never;
        /**
         * Give Grant
         * @description Give a budget more for a while; the next call that needs it has it.
         */
        post: operations["give_grant_api_v1_budgets__name__grants_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}/holdings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Holdings
         * @description Leases of workers, and open holds of calls, one by one.
         */
        get: operations["read_holdings_api_v1_budgets__name__holdings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description Refuse the calls that a budget pays for; within a second in every gateway.
         */
        post: operations["pause_api_v1_budgets__name__pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/{name}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Let the calls through again, within a second.
         */
        post: operations["resume_api_v1_budgets__name__resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Calls
         * @description Calls by the instant they started, newest first.
         */
        get: operations["get_calls_api_v1_calls_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls/{call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Call
         * @description One call with its price arithmetic.
         */
        get: operations["get_call_api_v1_calls__call_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Changes
         * @description Why it costs more or less than before: price, volume and mix, by one dimension.
         */
        get: operations["get_changes_api_v1_changes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try Channel
         * @description Send a test on a channel now; 502 says why it did not arrive.
         */
        post: operations["try_channel_api_v1_channels__name__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Diagnosis
         * @description Check the whole ledger: events, rollups, numbers, prices. Takes seconds on a large one.
         */
        get: operations["get_diagnosis_api_v1_doctor_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Drivers
         * @description What was said of drivers, newest first; of those that a budget in sight moves with.
         */
        get: operations["read_drivers_api_v1_drivers_get"];
        put?: never;
        /**
         * Say Driver
         * @description Say what a driver is; budgets that move with it follow within a second.
         */
        post: operations["say_driver_api_v1_drivers_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/estate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Estate
         * @description The documents in force and in sight, those that the environment makes among them.
         */
        get: operations["read_estate_api_v1_estate_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/estate/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply Estate
         * @description Put an estate in force, all or none. A 400 lists every mistake with its file and line.
         */
        post: operations["apply_estate_api_v1_estate_apply_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/estate/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read History
         * @description Every version of one document that is in sight; none if there never was one.
         */
        get: operations["read_history_api_v1_estate_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/explore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Explore
         * @description One measure over time, for the largest groups and the rest.
         */
        get: operations["get_explore_api_v1_explore_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/explore/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Explore
         * @description All groups over time as CSV or Parquet; the CSV ends with the totals.
         */
        get: operations["export_explore_api_v1_explore_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Forecast
         * @description What all calls in sight will have cost when the month ends.
         */
        get: operations["read_forecast_api_v1_forecast_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gateway": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Gateway
         * @description Where programs call.
         */
        get: operations["read_gateway_api_v1_gateway_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interventions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Interventions
         * @description Rules that ladders put in force, in force or over.
         */
        get: operations["read_interventions_api_v1_interventions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/interventions/{intervention_id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo
         * @description End a rule before its time; within a second no gateway worker follows it. Twice is once.
         */
        post: operations["undo_api_v1_interventions__intervention_id__undo_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Keys
         * @description Every key whose tags are in sight, revoked and expired ones too.
         */
        get: operations["read_keys_api_v1_keys_get"];
        put?: never;
        /**
         * Create Key
         * @description Make a key. Its secret is in this reply and nowhere else.
         */
        post: operations["create_key_api_v1_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Key
         * @description End a key; it stops working in all gateway workers within a second. Twice is once.
         */
        delete: operations["revoke_key_api_v1_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Key Use
         * @description When each key was last used; a key that is not here never was.
         */
        get: operations["read_key_use_api_v1_keys_use_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Workers
         * @description Who delivers events, and how far each has come.
         */
        get: operations["get_workers_api_v1_ledger_workers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow
         * @description Calls as they come in, the rate of spending, and what else has changed.
         */
        get: operations["follow_api_v1_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Me
         * @description Who asks, and what they may do.
         */
        get: operations["get_me_api_v1_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read People
         * @description Everybody who may sign in, disabled ones too.
         */
        get: operations["read_people_api_v1_people_get"];
        put?: never;
        /**
         * Add Person
         * @description Add somebody and make the link that signs them in.
         */
        post: operations["add_person_api_v1_people_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Person
         * @description Change a name or roles, disable or enable. Who is disabled is signed out at once.
         */
        patch: operations["change_person_api_v1_people__person_id__patch"];
        trace?: never;
    };
    "/api/v1/people/{person_id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make Link
         * @description A new link that signs somebody in; those made before end.
         */
        post: operations["make_link_api_v1_people__person_id__link_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/effect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Effect
         * @description What tiers and policies would have done to the calls of the last days, and where they conflict.
         */
        post: operations["effect_api_v1_policy_effect_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain
         * @description What would happen to a call and why, with a word of every rule.
         *
         *     All rules decide. Those that an alert put in force for others too have no name here, and those of
         *     others that had no say are left out.
         */
        post: operations["explain_api_v1_policy_explain_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Test Examples
         * @description Hold the examples of the policies in force against them: those in sight.
         */
        get: operations["test_examples_api_v1_policy_test_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Prices
         * @description What a model costs now, and before: calls are rated at the price of their own time.
         */
        get: operations["read_prices_api_v1_prices_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Sessions
         * @description Live sessions.
         */
        get: operations["read_sessions_api_v1_sessions_get"];
        put?: never;
        post?: never;
        /**
         * Delete Sessions
         * @description Sign out everywhere, here too.
         */
        delete: operations["delete_sessions_api_v1_sessions_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Session
         * @description End a session of one's own; of others with the permission people.write. Twice is once.
         */
        delete: operations["delete_session_api_v1_sessions__session_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Settings
         * @description What holds for this installation. It is changed by documents of the kinds sign_in and retention.
         */
        get: operations["read_settings_api_v1_settings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Summary
         * @description Today, this week and this month, each against the same days before; and the month by its owners.
         */
        get: operations["get_summary_api_v1_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Tags
         * @description Further tags that calls may carry.
         */
        get: operations["read_tags_api_v1_tags_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Tokens
         * @description Live tokens.
         */
        get: operations["read_tokens_api_v1_tokens_get"];
        put?: never;
        /**
         * Create Token
         * @description Make a token. Its secret is in this reply and nowhere else.
         */
        post: operations["create_token_api_v1_tokens_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Token
         * @description End a token of one's own; of others with the permission people.write. Twice is once.
         */
        delete: operations["revoke_token_api_v1_tokens__token_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Usage
         * @description How much was used, by whom, and what it cost; every stored call is in it at once.
         */
        get: operations["get_usage_api_v1_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/beginnings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Beginnings
         * @description Prompts that begin alike and are sent again: what a cache could serve.
         */
        get: operations["get_beginnings_api_v1_usage_beginnings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/caching": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Caching
         * @description What caches saved, and what writing them cost.
         */
        get: operations["get_caching_api_v1_usage_caching_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/longest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Longest
         * @description The calls with the longest prompts.
         */
        get: operations["get_longest_api_v1_usage_longest_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/output-limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Output Limits
         * @description Where answers are allowed to be longer than they are, which budgets hold money for.
         */
        get: operations["get_output_limits_api_v1_usage_output_limits_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Values
         * @description The values of a dimension that have calls in the span.
         */
        get: operations["get_values_api_v1_values_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Views
         * @description One's own views and those that others share.
         */
        get: operations["read_views_api_v1_views_get"];
        put?: never;
        /**
         * Save View
         * @description Keep a page with its state.
         */
        post: operations["save_view_api_v1_views_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{view_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read View
         * @description One view.
         */
        get: operations["read_view_api_v1_views__view_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete View
         * @description Delete a view of one's own.
         */
        delete: operations["delete_view_api_v1_views__view_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change View
         * @description Rename a view of one's own, share it, or give it another state.
         */
        patch: operations["change_view_api_v1_views__view_id__patch"];
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthz
         * @description Whether the process answers at all.
         */
        get: operations["healthz_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Numbers for Prometheus.
         */
        get: operations["metrics_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Whether events can be stored and questions answered.
         */
        get: operations["readyz_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Account
         * @description One budget for one value and one period. Amounts are decimal text in the budget's unit.
         */
        Account: {
            /** Amount */
            amount: string;
            /** Begins At */
            begins_at: string;
            /**
             * Ends At
             * @description When it begins anew; null for a rolling one.
             */
            ends_at: string | null;
            /**
             * External
             * @description Of `spent`: what was used without a gateway holding money for it.
             */
            external: string;
            /** Granted */
            granted: string;
            /**
             * Held
             * @description By calls in flight.
             */
            held: string;
            /** Id */
            id: string;
            /**
             * Left
             * @description limit - spent - held; negative if external usage went over.
             */
            left: string;
            /**
             * Limit
             * @description amount + granted + rolled_over
             */
            limit: string;
            /** Rolled Over */
            rolled_over: string;
            /** Spent */
            spent: string;
            /**
             * Used Percent
             * @description spent / limit, for people; may exceed 100.
             */
            used_percent: number;
            /**
             * Value
             * @description Of the dimension `each`; empty where the budget is one for all.
             */
            value: string;
            /**
             * Written Off
             * @description Of `spent`: charged for workers that were written off and have not told what they spent.
             */
            written_off: string;
        };
        /**
         * AheadReply
         * @description How an account will stand.
         */
        AheadReply: {
            /** At */
            at: string;
            /** Expected */
            expected: string;
            /** High */
            high: string | null;
            /**
             * Limit
             * @description As grants that are known now leave it.
             */
            limit: string;
            /**
             * Low
             * @description Null where too few days are known; never below what was spent.
             */
            low: string | null;
        };
        /**
         * AlertDetail
         * @description An alert with the rules that it put in force.
         */
        AlertDetail: {
            /** Acknowledged At */
            acknowledged_at: string | null;
            /** Acknowledged By */
            acknowledged_by: string;
            /**
             * Answer By
             * @description When the next step is taken if nobody acknowledges.
             */
            answer_by: string | null;
            /** Begins At */
            begins_at: string;
            /** Budget */
            budget: string;
            /**
             * Causes
             * @description The largest since the period began.
             */
            causes: components["schemas"]["CauseReply"][];
            /** Causes Last Hour */
            causes_last_hour: components["schemas"]["CauseReply"][];
            /** Crossed At */
            crossed_at: string;
            /**
             * External
             * @description The part of `spent` that did not pass the gateway.
             */
            external: string;
            /** Forecast */
            forecast: string | null;
            /** Id */
            id: string;
            /** Interventions */
            interventions: components["schemas"]["InterventionReply"][];
            /** Limit */
            limit: string;
            /**
             * Measure
             * @enum {string}
             */
            measure: "actual" | "forecast";
            /**
             * Next Step
             * @description Its first step that is not taken, from 0.
             */
            next_step: number;
            /** Owner */
            owner: string;
            /** Percent */
            percent: number;
            /** Scope */
            scope: string;
            /**
             * Sentence
             * @description What happened, for people.
             */
            sentence: string;
            /** Spent */
            spent: string;
            /**
             * State
             * @description `waiting` for an answer, `settled`: all steps are taken, `lifted`: a grant undid it.
             * @enum {string}
             */
            state: "waiting" | "settled" | "acknowledged" | "lifted";
            /**
             * Steps
             * @description The ladder, as it was at the crossing.
             */
            steps: {
                [key: string]: unknown;
            }[];
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Until */
            until: string | null;
            /**
             * Value
             * @description Of the budget's dimension `each`; empty where it is one.
             */
            value: string;
        };
        /**
         * AlertReply
         * @description A threshold that was reached. Amounts are decimal texts: dollars, whole tokens or calls, by `unit`.
         */
        AlertReply: {
            /** Acknowledged At */
            acknowledged_at: string | null;
            /** Acknowledged By */
            acknowledged_by: string;
            /**
             * Answer By
             * @description When the next step is taken if nobody acknowledges.
             */
            answer_by: string | null;
            /** Begins At */
            begins_at: string;
            /** Budget */
            budget: string;
            /**
             * Causes
             * @description The largest since the period began.
             */
            causes: components["schemas"]["CauseReply"][];
            /** Causes Last Hour */
            causes_last_hour: components["schemas"]["CauseReply"][];
            /** Crossed At */
            crossed_at: string;
            /**
             * External
             * @description The part of `spent` that did not pass the gateway.
             */
            external: string;
            /** Forecast */
            forecast: string | null;
            /** Id */
            id: string;
            /** Limit */
            limit: string;
            /**
             * Measure
             * @enum {string}
             */
            measure: "actual" | "forecast";
            /**
             * Next Step
             * @description Its first step that is not taken, from 0.
             */
            next_step: number;
            /** Owner */
            owner: string;
            /** Percent */
            percent: number;
            /** Scope */
            scope: string;
            /**
             * Sentence
             * @description What happened, for people.
             */
            sentence: string;
            /** Spent */
            spent: string;
            /**
             * State
             * @description `waiting` for an answer, `settled`: all steps are taken, `lifted`: a grant undid it.
             * @enum {string}
             */
            state: "waiting" | "settled" | "acknowledged" | "lifted";
            /**
             * Steps
             * @description The ladder, as it was at the crossing.
             */
            steps: {
                [key: string]: unknown;
            }[];
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Until */
            until: string | null;
            /**
             * Value
             * @description Of the budget's dimension `each`; empty where it is one.
             */
            value: string;
        };
        /**
         * AlertsReply
         * @description Alerts, newest first.
         */
        AlertsReply: {
            /** Alerts */
            alerts: components["schemas"]["AlertReply"][];
        };
        /**
         * AllocationReply
         * @description `temporary` and `persistent` add up to `total`; allocated and `untagged` do, for each dimension.
         */
        AllocationReply: {
            /** Estimated Calls */
            estimated_calls: number;
            /** From */
            from: string;
            /**
             * Not Told Apart
             * @description Temporary budgets whose calls count as persistent: their scope names a tag, and calls of too many sets of tags have the same other values.
             */
            not_told_apart: string[];
            persistent: components["schemas"]["Amount"];
            /** @description Of experiments and of budgets that end; each call once. */
            temporary: components["schemas"]["Amount"];
            /**
             * Temporary Budgets
             * @description By whose scopes it is told apart.
             */
            temporary_budgets: string[];
            /** To */
            to: string;
            total: components["schemas"]["Amount"];
            /** Unpriced Calls */
            unpriced_calls: number;
            /**
             * Untagged
             * @description By dimension: calls of which nobody said whose.
             */
            untagged: {
                [key: string]: components["schemas"]["Amount"];
            };
        };
        /**
         * Amount
         * @description Calls and what they cost, as exact decimal text in USD.
         */
        Amount: {
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
        };
        /**
         * AnswerReply
         * @description What a link does.
         */
        AnswerReply: {
            /** Act */
            act: string;
            /** Alert */
            alert: string;
            /**
             * Done
             * @description Whether it was done now, or only shown.
             */
            done: boolean;
            /** Expires At */
            expires_at: string;
            /** Sentence */
            sentence: string;
        };
        /**
         * ApplyReply
         * @description What was done, or with `dry_run` what would be; `revision` is the one in force afterwards.
         */
        ApplyReply: {
            /** Changes */
            changes: components["schemas"]["Change"][];
            /** Created */
            created: number;
            /** Dry Run */
            dry_run: boolean;
            /** Removed */
            removed: number;
            /** Revision */
            revision: number;
            /** Unchanged */
            unchanged: number;
            /** Updated */
            updated: number;
            /** Warnings */
            warnings: string[];
        };
        /**
         * ApplyRequest
         * @description Documents to put in force: YAML files, or documents as JSON, or both.
         */
        ApplyRequest: {
            /**
             * Documents
             * @description Documents with kind and name; `bursar schema` prints their JSON Schema.
             * @default []
             */
            documents?: {
                [key: string]: unknown;
            }[];
            /**
             * Dry Run
             * @description Say what would happen and do nothing.
             * @default false
             */
            dry_run?: boolean;
            /**
             * Files
             * @default []
             */
            files?: components["schemas"]["EstateFile"][];
            /**
             * Prune
             * @description Remove the documents in force that are not given.
             * @default false
             */
            prune?: boolean;
        };
        /**
         * ApprovalReply
         * @description A request for approval. Instants are ISO 8601 in UTC, amounts decimal texts in USD.
         */
        ApprovalReply: {
            /** Answer */
            answer: string;
            /**
             * Approver
             * @description Who is asked now.
             */
            approver: string;
            /** Approvers */
            approvers: string[];
            /** Asked At */
            asked_at: string;
            /**
             * Call
             * @description The call that asked first.
             */
            call: string;
            /** Calls Max */
            calls_max: number | null;
            /** Calls Used */
            calls_used: number;
            /** Decided At */
            decided_at: string | null;
            /** Decided By */
            decided_by: string;
            /**
             * Escalated
             * @description Whether somebody before did not answer in time.
             */
            escalated: boolean;
            /** Id */
            id: string;
            /** Key */
            key: string;
            /**
             * Key Label
             * @description What the key is called; empty if it has no label.
             */
            key_label: string;
            /** Model */
            model: string;
            /** Owner */
            owner: string;
            /**
             * Reason
             * @description Why the rule is there.
             */
            reason: string;
            /**
             * Rule
             * @description policy/NAME or tier/NAME.
             */
            rule: string;
            /**
             * State
             * @enum {string}
             */
            state: "open" | "granted" | "declined" | "ended";
            /** Team */
            team: string;
            /** Until */
            until: string | null;
            /** Usd Max */
            usd_max: string | null;
            /** Usd Used */
            usd_used: string;
        };
        /**
         * ApprovalsReply
         * @description Requests, newest first.
         */
        ApprovalsReply: {
            /** Approvals */
            approvals: components["schemas"]["ApprovalReply"][];
        };
        /**
         * AuditEntry
         * @description Who did what and when.
         */
        AuditEntry: {
            /** Action */
            action: string;
            /** Actor */
            actor: string;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /**
             * Hash
             * @description SHA-256 over this entry and the hash of the one before.
             */
            hash: string;
            /** Id */
            id: number;
            /** Made At */
            made_at: string;
            /** Revision */
            revision: number;
            /** Subject */
            subject: string;
        };
        /**
         * AuditReply
         * @description Entries, newest first.
         */
        AuditReply: {
            /** Entries */
            entries: components["schemas"]["AuditEntry"][];
            /**
             * Next
             * @description Give it as `before` for what is older; null at the end.
             */
            next: number | null;
        };
        /**
         * AuditVerified
         * @description What a walk over every entry found.
         */
        AuditVerified: {
            /**
             * Fault
             * @description What is wrong, if the record is not whole.
             */
            fault: string | null;
            /**
             * Head
             * @description The last entry's hash: noted elsewhere, it shows later that nothing is gone.
             */
            head: string;
            /** Rows */
            rows: number;
            /** Whole */
            whole: boolean;
        };
        /**
         * AuthOptions
         * @description The ways to sign in here.
         */
        AuthOptions: {
            /** Oidc */
            oidc: components["schemas"]["OidcOption"][];
            /**
             * Sign In Link
             * @description Whether links of administrators sign in.
             */
            sign_in_link: boolean;
        };
        /**
         * BeforeAmount
         * @description Of the same span before.
         */
        BeforeAmount: {
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
            /** From */
            from: string;
            /**
             * Known Since
             * @description The first call that the ledger has, to the hour, where that is after the span's beginning: of the span it knows a part. Null where it knows all of it.
             */
            known_since: string | null;
            /** To */
            to: string;
        };
        /**
         * BeginningRow
         * @description Prompts whose first kilobyte is the same. No text is stored: a keyed hash tells that they are.
         */
        BeginningRow: {
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
            /** Fingerprint */
            fingerprint: string;
            /**
             * Model
             * @description That of most calls, where there are several.
             */
            model: string;
            /** Models */
            models: number;
            /**
             * Repeated
             * @description About so many calls' whole prompt had been sent before in the span.
             */
            repeated: number;
            /** Team */
            team: string;
            /** Teams */
            teams: number;
            /** Tokens Input */
            tokens_input: number;
            /**
             * Tokens Read
             * @description Of these: served from a cache.
             */
            tokens_read: number;
            /** Use Case */
            use_case: string;
            /** Use Cases */
            use_cases: number;
        };
        /**
         * BeginningsReply
         * @description The most input tokens that no cache served first.
         */
        BeginningsReply: {
            /** Rows */
            rows: components["schemas"]["BeginningRow"][];
        };
        /**
         * BorrowingWorker
         * @description A gateway worker that was lent something.
         */
        BorrowingWorker: {
            /**
             * Heard At
             * @description When it last spoke to the state store.
             */
            heard_at: string;
            /** Lent */
            lent: components["schemas"]["Lent"][];
            /**
             * Silent
             * @description For longer than its leases last; only then can it be written off.
             */
            silent: boolean;
            /** Worker */
            worker: string;
        };
        /**
         * BorrowingWorkers
         * @description Who was lent what; the longest silent first.
         */
        BorrowingWorkers: {
            /** Workers */
            workers: components["schemas"]["BorrowingWorker"][];
        };
        /**
         * BudgetReply
         * @description A budget and how its accounts stand now.
         */
        BudgetReply: {
            /** Accounts */
            accounts: components["schemas"]["Account"][];
            /**
             * Budget Class
             * @enum {string}
             */
            budget_class: "production" | "experiment";
            /** Each */
            each: string;
            /** Expires */
            expires: string;
            /**
             * Mode
             * @enum {string}
             */
            mode: "hard" | "soft";
            /**
             * Moves With
             * @description How the amount moves with drivers, in words; empty if it is fixed.
             */
            moves_with: string;
            /** Name */
            name: string;
            /**
             * On Exhausted
             * @description `refuse`, or the model that answers instead.
             */
            on_exhausted: string;
            /** Owner */
            owner: string;
            /** Parent */
            parent: string;
            /** Period */
            period: {
                [key: string]: unknown;
            };
            /**
             * Scope
             * @description The calls that it pays for, in words.
             */
            scope: string;
            /**
             * Thresholds
             * @description The lowest first.
             */
            thresholds: components["schemas"]["ThresholdReply"][];
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
        };
        /**
         * BudgetsReply
         * @description Every budget, by name.
         */
        BudgetsReply: {
            /** Budgets */
            budgets: components["schemas"]["BudgetReply"][];
        };
        /**
         * GrantRequest
         * @description How far a grant goes: it ends with the first of its limits, and needs one of them.
         */
        bursar__api__approvals__GrantRequest: {
            /**
             * Calls
             * @description The most calls.
             */
            calls?: number | null;
            /**
             * Reason
             * @description Why, for the audit.
             */
            reason: string;
            /**
             * Until
             * @description An instant in the future, ISO 8601, or a span such as 90m, 12h, 30d, 4w.
             * @default
             */
            until?: string;
            /**
             * Usd
             * @description It ends with the call that brings its cost to this; a decimal text.
             */
            usd?: string | null;
        };
        /**
         * GrantRequest
         * @description A temporary increase.
         */
        bursar__api__budgets__GrantRequest: {
            /**
             * Amount
             * @description Decimal text in the budget's unit.
             */
            amount: string;
            /** Reason */
            reason: string;
            /**
             * Until
             * @description An instant in the future, ISO 8601, or a span such as 12h, 30d.
             */
            until: string;
            /**
             * Value
             * @description Only for this value of the dimension `each`.
             * @default
             */
            value?: string;
        };
        /**
         * CachingReply
         * @description By model, the most saved first; and all together.
         */
        CachingReply: {
            /** Rows */
            rows: components["schemas"]["CachingRow"][];
            total: components["schemas"]["CachingRow"];
        };
        /**
         * CachingRow
         * @description One model, at the rates that its calls were priced by. USD as exact decimal text.
         */
        CachingRow: {
            /** Calls */
            calls: number;
            /** Model */
            model: string;
            /**
             * Paid For Writes Usd
             * @description What writing cost above plain input.
             */
            paid_for_writes_usd: string;
            /**
             * Saved By Reads Usd
             * @description At plain input's rate they would have cost so much more.
             */
            saved_by_reads_usd: string;
            /**
             * Saved Usd
             * @description The one less the other; negative where caching cost more.
             */
            saved_usd: string;
            /** Tokens Input */
            tokens_input: number;
            /**
             * Tokens Read
             * @description Served from a cache.
             */
            tokens_read: number;
            /**
             * Tokens Written
             * @description Put into a cache, where that is billed apart.
             */
            tokens_written: number;
            /**
             * Unpriced Tokens
             * @description Of a cache at a rate that is not known: not in the amounts.
             */
            unpriced_tokens: number;
        };
        /**
         * Call
         * @description One call. Durations are exact to the microsecond; amounts exact decimal text, null without a price.
         */
        Call: {
            /**
             * Budgets
             * @description The budget accounts it was charged to when it happened, by commas.
             */
            budgets: string;
            /** Bytes Reply */
            bytes_reply: number;
            /** Bytes Request */
            bytes_request: number;
            /** Call Id */
            call_id: string;
            /** Cost List Usd */
            cost_list_usd: string | null;
            /** Cost Usd */
            cost_usd: string | null;
            /** Environment */
            environment: string;
            /** Fingerprint Prefix */
            fingerprint_prefix: string;
            /** Fingerprint Request */
            fingerprint_request: string;
            /** Finished At */
            finished_at: string;
            /** First Token Ms */
            first_token_ms: number | null;
            /** Flags */
            flags: string[];
            /**
             * Held Usd
             * @description What budgets held for it while it was in flight; null where none in USD paid for it.
             */
            held_usd: string | null;
            /** Http Status */
            http_status: number;
            /** Idempotency Hash */
            idempotency_hash: string;
            /** Inference Geo */
            inference_geo: string;
            /** Key Id */
            key_id: string;
            /** Latency Ms */
            latency_ms: number;
            /** Linked Call Id */
            linked_call_id: string;
            /** Model */
            model: string;
            /** Model Requested */
            model_requested: string;
            /** Model Served */
            model_served: string;
            /** Operation */
            operation: string;
            /**
             * Output Tokens Asked
             * @description The most tokens of output that the caller allowed; null where no limit was written.
             */
            output_tokens_asked: number | null;
            /** Price Ref */
            price_ref: string;
            /** Processing */
            processing: string;
            /** Product */
            product: string;
            /** Provider */
            provider: string;
            /** Provider Call Id */
            provider_call_id: string;
            /**
             * Received At
             * @description When the ledger took it over.
             */
            received_at: string;
            /** Region */
            region: string;
            /**
             * Seq
             * @description Its number among those of the worker; 0 as above.
             */
            seq: number;
            /** Service Tier */
            service_tier: string;
            /** Source */
            source: string;
            /** Speed */
            speed: string;
            /** Started At */
            started_at: string;
            /** Status */
            status: string;
            /** Streamed */
            streamed: boolean;
            /** Tags */
            tags: {
                [key: string]: string;
            };
            /** Team */
            team: string;
            tokens: components["schemas"]["Tokens"];
            units: components["schemas"]["Units"];
            /** Usage Source */
            usage_source: string;
            /** Use Case */
            use_case: string;
            /** Wire */
            wire: string;
            /**
             * Worker
             * @description Who delivered it; empty for whoever sees only some calls.
             */
            worker: string;
        };
        /**
         * CallHold
         * @description A call in flight that has lasted a second or longer.
         */
        CallHold: {
            /**
             * Amount
             * @description What is held for it; the rest is free when its true cost is known.
             */
            amount: string;
            /** Call Id */
            call_id: string;
            /**
             * Expires At
             * @description When what it holds is free again, should it never end.
             */
            expires_at: string;
            /** Since */
            since: string;
        };
        /**
         * CallsAnswer
         * @description A page, newest first. More follow while `next` is not null, even if the page holds few.
         */
        CallsAnswer: {
            /** Calls */
            calls: components["schemas"]["Call"][];
            /**
             * Next
             * @description The `cursor` of the next page.
             */
            next: string | null;
        };
        /**
         * CauseReply
         * @description A value of a dimension and what it used in the span.
         */
        CauseReply: {
            /** Amount */
            amount: string;
            /** Dimension */
            dimension: string;
            /** Value */
            value: string;
        };
        /**
         * Change
         * @description What happened to one document.
         */
        Change: {
            /**
             * Action
             * @enum {string}
             */
            action: "created" | "updated" | "unchanged" | "removed";
            /** Fields */
            fields: components["schemas"]["FieldChange"][];
            /** Kind */
            kind: string;
            /** Name */
            name: string;
        };
        /**
         * ChangedPart
         * @description Price + volume + mix = delta, exactly. Amounts are decimal text in USD.
         */
        ChangedPart: {
            /** After */
            after: string;
            /** Before */
            before: string;
            /** Calls After */
            calls_after: number;
            /** Calls Before */
            calls_before: number;
            /** Delta */
            delta: string;
            /** Groups */
            groups: number;
            /**
             * Mix
             * @description Because it grew more or less than all together; all of what is new.
             */
            mix: string;
            /**
             * Price
             * @description Because a unit costs another price than before.
             */
            price: string;
            /** Tokens After */
            tokens_after: number;
            /** Tokens Before */
            tokens_before: number;
            /**
             * Value
             * @description Of the dimension; null for the rest.
             */
            value: string | null;
            /**
             * Volume
             * @description Because all together was used more or less.
             */
            volume: string;
        };
        /**
         * ChangesAnswer
         * @description Why the cost moved; the parts with the largest difference first.
         */
        ChangesAnswer: {
            /** Before From */
            before_from: string;
            /**
             * Before Known Since
             * @description The first call that the ledger has, to the hour, where that is after the span's beginning: of the span it knows a part. Null where it knows all of it.
             */
            before_known_since: string | null;
            /** Before To */
            before_to: string;
            /** By */
            by: string;
            /** From */
            from: string;
            /** Parts */
            parts: components["schemas"]["ChangedPart"][];
            /** To */
            to: string;
            total: components["schemas"]["ChangedPart"];
        };
        /**
         * CheckedFact
         * @description One thing that was checked. `attention` is no fault, but somebody should look.
         */
        CheckedFact: {
            /**
             * Found
             * @description What was found where it is not ok.
             */
            found: {
                [key: string]: unknown;
            };
            /** Name */
            name: string;
            /** Sentence */
            sentence: string;
            /**
             * State
             * @enum {string}
             */
            state: "ok" | "attention" | "broken";
        };
        /**
         * ComparedSpan
         * @description What the span is compared with.
         */
        ComparedSpan: {
            /** From */
            from: string;
            /**
             * Known Since
             * @description The first call that the ledger has, to the hour, where that is after the span's beginning: of the span it knows a part. Null where it knows all of it.
             */
            known_since: string | null;
            /** To */
            to: string;
        };
        /**
         * ConflictReply
         * @description Two policies that contradict each other on calls that both may fit.
         */
        ConflictReply: {
            /** Rules */
            rules: string[];
            /** Why */
            why: string;
            /** Winner */
            winner: string;
        };
        /**
         * CourseReply
         * @description One account of a budget over its period; amounts in the budget's unit.
         */
        CourseReply: {
            /**
             * Ahead
             * @description From now on; empty where it is too early to say.
             */
            ahead: components["schemas"]["AheadReply"][];
            /**
             * Begins At
             * @description Of a rolling window: its first day.
             */
            begins_at: string;
            /** Budget */
            budget: string;
            /**
             * Crosses At
             * @description When it will be, as expected; null: not in this period.
             */
            crosses_at: string | null;
            /** @description At the end; of a rolling window where it is highest. */
            end: components["schemas"]["AheadReply"] | null;
            /**
             * Ends At
             * @description Of a rolling window: when its last day will have left it.
             */
            ends_at: string;
            /** Is Reached */
            is_reached: boolean;
            /**
             * May Cross At
             * @description When it will be at the high end of the range.
             */
            may_cross_at: string | null;
            /**
             * Points
             * @description The last is now.
             */
            points: components["schemas"]["PointReply"][];
            /**
             * Reached At
             * @description When it was reached, if it is; null where that is not known.
             */
            reached_at: string | null;
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Value */
            value: string;
        };
        /**
         * DeclineRequest
         * @description Why not.
         */
        DeclineRequest: {
            /**
             * Reason
             * @description Why not; whoever asked is told.
             */
            reason: string;
        };
        /**
         * DeliveringWorker
         * @description A source of events: the last number the ledger has of it, and when it last delivered.
         */
        DeliveringWorker: {
            /** First Seen At */
            first_seen_at: string;
            /** High Water */
            high_water: number;
            /** Last Seen At */
            last_seen_at: string;
            /**
             * Silent S
             * @description Seconds since its last delivery.
             */
            silent_s: number;
            /** Worker */
            worker: string;
        };
        /**
         * Diagnosis
         * @description `ok` if nothing is broken.
         */
        Diagnosis: {
            /** Facts */
            facts: components["schemas"]["CheckedFact"][];
            /** Ok */
            ok: boolean;
            /**
             * Workers
             * @description The last number stored of each worker, to compare outboxes.
             */
            workers: {
                [key: string]: number;
            };
        };
        /**
         * DriverReply
         * @description A driver's value from an instant on.
         */
        DriverReply: {
            /** Name */
            name: string;
            /** Valid From */
            valid_from: string;
            /** Value */
            value: string;
        };
        /**
         * DriverRequest
         * @description What a driver of the business is.
         */
        DriverRequest: {
            /** Name */
            name: string;
            /**
             * Valid From
             * @description Since when, ISO 8601; now if not given.
             */
            valid_from?: string | null;
            /**
             * Value
             * @description Decimal text.
             */
            value: string;
        };
        /**
         * DriversReply
         * @description Every value that was ever said, newest first.
         */
        DriversReply: {
            /** Drivers */
            drivers: components["schemas"]["DriverReply"][];
        };
        /**
         * EffectReply
         * @description What the estate would do with these documents in it.
         */
        EffectReply: {
            /**
             * Budgets
             * @description Those that would have run out, by time.
             */
            budgets: components["schemas"]["RunOutReply"][];
            /**
             * Calls
             * @description That were answered in the span.
             */
            calls: number;
            /** Conflicts */
            conflicts: components["schemas"]["ConflictReply"][];
            /** End */
            end: string;
            /** Not Counted */
            not_counted: components["schemas"]["NotCounted"][];
            /** Rules */
            rules: components["schemas"]["RuleEffectReply"][];
            /** Start */
            start: string;
        };
        /**
         * EffectRequest
         * @description Documents as for applying them, and how far to look back.
         */
        EffectRequest: {
            /**
             * Days
             * @description How many days of calls, back from now.
             * @default 30
             */
            days?: number;
            /**
             * Documents
             * @description Documents with kind and name; `bursar schema` prints their JSON Schema.
             * @default []
             */
            documents?: {
                [key: string]: unknown;
            }[];
            /**
             * Dry Run
             * @description Say what would happen and do nothing.
             * @default false
             */
            dry_run?: boolean;
            /**
             * Files
             * @default []
             */
            files?: components["schemas"]["EstateFile"][];
            /**
             * Prune
             * @description Remove the documents in force that are not given.
             * @default false
             */
            prune?: boolean;
        };
        /**
         * EstateFile
         * @description A YAML file as it was written; `path` is only for messages.
         */
        EstateFile: {
            /** Path */
            path: string;
            /** Text */
            text: string;
        };
        /**
         * EstateReply
         * @description The documents in force at a revision, by kind and name; secrets in them are hidden.
         */
        EstateReply: {
            /** Documents */
            documents: {
                [key: string]: unknown;
            }[];
            /** Revision */
            revision: number;
        };
        /**
         * ExampleOutcome
         * @description What became of an example.
         */
        ExampleOutcome: {
            /** Expected */
            expected: string;
            /** Expected Rule */
            expected_rule: string;
            /** Number */
            number: number;
            /** Passed */
            passed: boolean;
            /** Policy */
            policy: string;
            /** Reason */
            reason: string;
            /** Rule */
            rule: string;
            /** Verdict */
            verdict: string;
        };
        /**
         * ExplainReply
         * @description What would become of the call, rule by rule.
         */
        ExplainReply: {
            /** At */
            at: string;
            /** Key */
            key: string;
            /**
             * Model
             * @description Which model would answer, if one did.
             */
            model: string;
            /**
             * Route
             * @description The route whose targets are tried in turn; empty if it is a model.
             */
            route: string;
            /** Steps */
            steps: components["schemas"]["Step"][];
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "allow" | "warn" | "clamp" | "reroute" | "require_approval" | "require_tags" | "deny";
        };
        /**
         * ExplainRequest
         * @description A call that nobody has made yet.
         */
        ExplainRequest: {
            /**
             * At
             * @description When: ISO 8601, `now`, or a span back.
             * @default now
             */
            at?: string;
            /**
             * Budgets
             * @description Percent that are used of the budgets that pay for it.
             * @default {}
             */
            budgets?: {
                [key: string]: number;
            };
            /**
             * Bytes
             * @description The length of the request's body.
             * @default 0
             */
            bytes?: number;
            /**
             * Key
             * @description The id of the key that makes it.
             */
            key: string;
            /**
             * Model
             * @description The model that it asks for.
             */
            model: string;
            /**
             * Output Tokens
             * @description The longest answer it asks for.
             * @default 0
             */
            output_tokens?: number;
            /**
             * Provider
             * @description Who answers, where the estate does not say.
             * @default
             */
            provider?: string;
            /**
             * Rules
             * @description Held against the rules in force now, or those that were at `at`.
             * @default now
             * @enum {string}
             */
            rules?: "now" | "then";
            /**
             * Tags
             * @description Tags over the key's own: team, product, ..., or any further tag.
             * @default {}
             */
            tags?: {
                [key: string]: string;
            };
        };
        /**
         * ExploreAnswer
         * @description The largest groups and the rest. Where `adds_up`, series add up to the total, exactly.
         */
        ExploreAnswer: {
            /** Adds Up */
            adds_up: boolean;
            /** By */
            by: string[];
            compare: components["schemas"]["ComparedSpan"] | null;
            /** From */
            from: string;
            /**
             * Grain
             * @enum {string}
             */
            grain: "none" | "minute" | "hour" | "day" | "week" | "month" | "weekday_hour";
            /**
             * Groups
             * @description How many groups have calls.
             */
            groups: number;
            /** Measure */
            measure: string;
            /**
             * Periods
             * @description Where each begins, on the zone's clocks; 1-00 to 7-23 of a week.
             */
            periods: string[];
            /** Periods End */
            periods_end: string[];
            /** Series */
            series: components["schemas"]["ExploreSeries"][];
            /** Time Zone */
            time_zone: string;
            /** To */
            to: string;
            total: components["schemas"]["ExploreTotal"];
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls" | "ms" | "ratio" | "usd_per_call" | "usd_per_1k_tokens" | "tokens_per_call";
        };
        /**
         * ExploreSeries
         * @description One group, or the rest of them. Amounts are exact decimal text in USD, other values numbers.
         */
        ExploreSeries: {
            /**
             * Before
             * @description The total of the span it is compared with.
             */
            before: string | number | null;
            /** Calls */
            calls: number;
            /**
             * Groups
             * @description How many groups it stands for.
             */
            groups: number;
            /** Is Rest */
            is_rest: boolean;
            /**
             * Key
             * @description The values of the dimensions; empty for the rest.
             */
            key: {
                [key: string]: string;
            };
            /** Total */
            total: string | number | null;
            /**
             * Values
             * @description For each period; null where there is none.
             */
            values: (string | number | null)[];
        };
        /**
         * ExploreTotal
         * @description All calls of the span that were asked for.
         */
        ExploreTotal: {
            /** Before */
            before: string | number | null;
            /**
             * Before Values
             * @description Of the span it is compared with, period by period from its first on.
             */
            before_values: (string | number | null)[] | null;
            /** Calls */
            calls: number;
            /** Total */
            total: string | number | null;
            /** Values */
            values: (string | number | null)[];
        };
        /**
         * FieldChange
         * @description One field before and after, as JSON text; null where it is not written. Secrets are hidden.
         */
        FieldChange: {
            /** After */
            after: string | null;
            /** Before */
            before: string | null;
            /** Field */
            field: string;
        };
        /**
         * Figures
         * @description What was used and what it cost. Amounts are exact decimal text in USD.
         */
        Figures: {
            /** Calls */
            calls: number;
            /**
             * Cost List Usd
             * @description At list price, of the calls that have one.
             */
            cost_list_usd: string;
            /**
             * Cost Usd
             * @description Of the calls that have a price, and of what is priced in the others.
             */
            cost_usd: string;
            /**
             * Errors
             * @description Calls that the provider answered with an error, or not at all.
             */
            errors: number;
            /**
             * Estimated Calls
             * @description Calls whose usage was counted by us, not said by the provider.
             */
            estimated_calls: number;
            /** @description Time to the first token of streamed replies. */
            first_token_ms: components["schemas"]["Percentiles"] | null;
            /**
             * Interrupted Calls
             * @description In flight when a gateway process died; may be billed.
             */
            interrupted_calls: number;
            /** @description Of complete and partial replies; null without any. */
            latency_ms: components["schemas"]["Percentiles"] | null;
            /**
             * List Unpriced Calls
             * @description Calls without a known list price.
             */
            list_unpriced_calls: number;
            /**
             * Partial Calls
             * @description Replies that broke off.
             */
            partial_calls: number;
            /**
             * Partly Unpriced Calls
             * @description Calls of which some usage has no rate: they cost more than `cost_usd` says.
             */
            partly_unpriced_calls: number;
            tokens: components["schemas"]["Tokens"];
            units: components["schemas"]["Units"];
            /**
             * Unpriced Calls
             * @description Calls without a known price: never counted as free.
             */
            unpriced_calls: number;
        };
        /**
         * ForecastReply
         * @description What calls cost since a period began, and what they will have cost at its end. USD as decimal text.
         */
        ForecastReply: {
            /** @description Null where it is too early in the period to say. */
            forecast: components["schemas"]["RangeReply"] | null;
            /** From */
            from: string;
            /** Spent */
            spent: string;
            /** To */
            to: string;
        };
        /**
         * GatewayReply
         * @description The gateway beside this control plane.
         */
        GatewayReply: {
            /**
             * Url
             * @description Its base URL without a path; empty where it runs on other hosts only.
             */
            url: string;
        };
        /**
         * GrantReply
         * @description A grant as it was given.
         */
        GrantReply: {
            /** Actor */
            actor: string;
            /** Amount */
            amount: string;
            /** Begins At */
            begins_at: string;
            /** Budget */
            budget: string;
            /** Ends At */
            ends_at: string;
            /** Id */
            id: string;
            /** Made At */
            made_at: string;
            /** Reason */
            reason: string;
            /** Value */
            value: string;
        };
        /**
         * GrantsReply
         * @description Grants of a budget, ended ones too, newest first.
         */
        GrantsReply: {
            /** Grants */
            grants: components["schemas"]["GrantReply"][];
        };
        /**
         * GroupReply
         * @description A group of an identity provider and what its members may do.
         */
        GroupReply: {
            /** Group */
            group: string;
            /** Roles */
            roles: components["schemas"]["RoleReply"][];
        };
        /**
         * HeadingReply
         * @description Where one account is heading.
         */
        HeadingReply: {
            /** Budget */
            budget: string;
            /**
             * Crosses At
             * @description When it will be, as expected; null: not in this period.
             */
            crosses_at: string | null;
            end: components["schemas"]["AheadReply"] | null;
            /** Is Reached */
            is_reached: boolean;
            /**
             * May Cross At
             * @description When it will be at the high end of the range.
             */
            may_cross_at: string | null;
            /**
             * Reached At
             * @description When it was reached, if it is; null where that is not known.
             */
            reached_at: string | null;
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Value */
            value: string;
        };
        /**
         * HeadingsReply
         * @description Where accounts are heading, those that are closest to their limit first.
         */
        HeadingsReply: {
            /** Accounts */
            accounts: components["schemas"]["HeadingReply"][];
            /**
             * More
             * @description Accounts that are further away and were left out.
             */
            more: number;
        };
        /**
         * Health
         * @description The process answers.
         */
        Health: {
            /**
             * Status
             * @default ok
             * @constant
             */
            status?: "ok";
        };
        /**
         * HistoryReply
         * @description All versions of one document, oldest first.
         */
        HistoryReply: {
            /** Versions */
            versions: components["schemas"]["Version"][];
        };
        /**
         * HoldingsReply
         * @description Who has what of one account, the most first.
         */
        HoldingsReply: {
            /** Budget */
            budget: string;
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Value */
            value: string;
            /** Workers */
            workers: components["schemas"]["WorkerHolding"][];
        };
        /**
         * InterventionReply
         * @description A rule that a ladder put in force.
         */
        InterventionReply: {
            /** Alert */
            alert: string;
            /** Budget */
            budget: string;
            /** Id */
            id: string;
            /** In Force */
            in_force: boolean;
            /** Owner */
            owner: string;
            /** Reason */
            reason: string;
            /** Scope */
            scope: {
                [key: string]: unknown;
            };
            /** Since */
            since: string;
            /** Step */
            step: {
                [key: string]: unknown;
            };
            /** Undone At */
            undone_at: string | null;
            /** Undone By */
            undone_by: string;
            /** Until */
            until: string | null;
            /** Value */
            value: string;
        };
        /**
         * InterventionsReply
         * @description Rules, newest first.
         */
        InterventionsReply: {
            /** Interventions */
            interventions: components["schemas"]["InterventionReply"][];
        };
        /**
         * KeyCreated
         * @description A new key; this is the only time that its secret is shown.
         */
        KeyCreated: {
            /** Created At */
            created_at: string;
            /** Environment */
            environment: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Label */
            label: string;
            /** May Set */
            may_set: string[];
            /** Models */
            models: string[];
            /** Product */
            product: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Secret */
            secret: string;
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "expired" | "revoked";
            /** Tags */
            tags: {
                [key: string]: string;
            };
            /** Team */
            team: string;
            /** Use Case */
            use_case: string;
        };
        /**
         * KeyReply
         * @description A key without its secret; instants are ISO 8601 in UTC.
         */
        KeyReply: {
            /** Created At */
            created_at: string;
            /** Environment */
            environment: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Label */
            label: string;
            /** May Set */
            may_set: string[];
            /** Models */
            models: string[];
            /** Product */
            product: string;
            /** Revoked At */
            revoked_at: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "live" | "expired" | "revoked";
            /** Tags */
            tags: {
                [key: string]: string;
            };
            /** Team */
            team: string;
            /** Use Case */
            use_case: string;
        };
        /**
         * KeyRequest
         * @description What a new key shall be; a tag that is not given is `unknown`.
         */
        KeyRequest: {
            /**
             * Environment
             * @default unknown
             */
            environment?: string;
            /**
             * Expires
             * @description An instant in the future, ISO 8601, or a span such as 90m, 12h, 30d, 4w.
             */
            expires?: string | null;
            /**
             * Label
             * @default
             */
            label?: string;
            /**
             * May Set
             * @description Tags that a caller may set on a call.
             * @default []
             */
            may_set?: string[];
            /**
             * Models
             * @description Patterns of the models it may use; none: all.
             * @default []
             */
            models?: string[];
            /**
             * Product
             * @default unknown
             */
            product?: string;
            /**
             * Tags
             * @description Any further tags.
             * @default {}
             */
            tags?: {
                [key: string]: string;
            };
            /**
             * Team
             * @default unknown
             */
            team?: string;
            /**
             * Use Case
             * @default unknown
             */
            use_case?: string;
        };
        /**
         * KeysReply
         * @description All keys, newest first.
         */
        KeysReply: {
            /** Keys */
            keys: components["schemas"]["KeyReply"][];
        };
        /**
         * KeyUse
         * @description When the newest call of a key began.
         */
        KeyUse: {
            /** Id */
            id: string;
            /** Last Used At */
            last_used_at: string;
        };
        /**
         * KeyUseReply
         * @description Every key that has calls.
         */
        KeyUseReply: {
            /** Keys */
            keys: components["schemas"]["KeyUse"][];
        };
        /**
         * Lent
         * @description What a worker has of one account, as decimal text in the budget's unit.
         */
        Lent: {
            /** Budget */
            budget: string;
            /**
             * Held
             * @description By its calls in flight, by its last word.
             */
            held: string;
            /**
             * In Doubt
             * @description What nobody may spend, because the worker is silent.
             */
            in_doubt: string;
            /**
             * Leased
             * @description What it may reserve from, what its calls hold included.
             */
            leased: string;
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Value */
            value: string;
        };
        /**
         * LimitRow
         * @description Answers of one model and use case for which a limit was written.
         */
        LimitRow: {
            /** Calls */
            calls: number;
            /**
             * Calls Held
             * @description Calls that budgets held money for.
             */
            calls_held: number;
            /**
             * Cost Usd
             * @description What these cost.
             */
            cost_usd: string;
            /**
             * Cut Off
             * @description Answers that used all they were allowed.
             */
            cut_off: number;
            /**
             * Held Usd
             * @description What was held for these while they were in flight.
             */
            held_usd: string;
            /** Model */
            model: string;
            /**
             * Tokens Asked
             * @description What they were allowed, all together.
             */
            tokens_asked: number;
            /**
             * Tokens Output
             * @description What they used.
             */
            tokens_output: number;
            /** Use Case */
            use_case: string;
        };
        /**
         * LimitsReply
         * @description The most tokens that were allowed in vain first.
         */
        LimitsReply: {
            /** Rows */
            rows: components["schemas"]["LimitRow"][];
        };
        /**
         * LinkReply
         * @description A link that signs in once, within an hour; the only time that it is shown.
         */
        LinkReply: {
            /** Expires At */
            expires_at: string;
            /** Sign In Url */
            sign_in_url: string;
        };
        /**
         * LinkRequest
         * @description What follows `#` in a sign-in link.
         */
        LinkRequest: {
            /** Token */
            token: string;
        };
        /**
         * LongestReply
         * @description The longest prompt first.
         */
        LongestReply: {
            /** Calls */
            calls: components["schemas"]["Call"][];
        };
        /**
         * Loss
         * @description One account's part, as decimal text in the budget's unit.
         */
        Loss: {
            /** Budget */
            budget: string;
            /**
             * Charged
             * @description Counts as spent, until the worker tells what it did spend.
             */
            charged: string;
            /** Lent */
            lent: string;
            /**
             * Unit
             * @enum {string}
             */
            unit: "usd" | "tokens" | "calls";
            /** Value */
            value: string;
        };
        /**
         * Me
         * @description Who asks.
         */
        Me: {
            /**
             * Actor
             * @description How the audit names them.
             */
            actor: string;
            /**
             * Csrf
             * @description Unsafe requests of a session repeat it as `x-bursar-csrf`.
             */
            csrf: string | null;
            /**
             * Currency
             * @default USD
             * @constant
             */
            currency?: "USD";
            /**
             * Email
             * @description Empty where none is known.
             */
            email: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "admin_token" | "person" | "api_token";
            /** Name */
            name: string;
            /**
             * Permissions
             * @description What they may do, be it for a part of the rows only.
             */
            permissions: string[];
            /**
             * Person
             * @description Their id; null for the installation's own token.
             */
            person: string | null;
            /** Roles */
            roles: components["schemas"]["RoleReply"][];
            /**
             * Sees Everything
             * @description Whether no row of usage is hidden from them.
             */
            sees_everything: boolean;
            /** Session Ends At */
            session_ends_at: string | null;
            /** Version */
            version: string;
        };
        /**
         * MessageReply
         * @description A message of the outbox; a `dead` one was given up, `fault` says why.
         */
        MessageReply: {
            /**
             * Alerts
             * @description The ids of its alerts.
             */
            alerts: string[];
            /** Attempts */
            attempts: number;
            /** Channel */
            channel: string;
            /** Created At */
            created_at: string;
            /** Due At */
            due_at: string;
            /** Fault */
            fault: string;
            /** Id */
            id: string;
            /** Sent At */
            sent_at: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "sent" | "dead";
            /** Title */
            title: string;
        };
        /**
         * MessagesReply
         * @description Messages, newest first.
         */
        MessagesReply: {
            /** Messages */
            messages: components["schemas"]["MessageReply"][];
        };
        /**
         * NotCounted
         * @description A rule that stored calls cannot be held against.
         */
        NotCounted: {
            /**
             * Given
             * @description Whether it is in the documents that were sent; others are in force as it is.
             */
            given: boolean;
            /** Rule */
            rule: string;
            /** Why */
            why: string;
        };
        /**
         * OidcOption
         * @description An identity provider; a browser goes to `start_url`.
         */
        OidcOption: {
            /** Label */
            label: string;
            /** Name */
            name: string;
            /** Start Url */
            start_url: string;
        };
        /**
         * PauseReply
         * @description A budget whose calls are refused.
         */
        PauseReply: {
            /** Budget */
            budget: string;
            /** In Force */
            in_force: boolean;
            /** Reason */
            reason: string;
            /** Since */
            since: string;
            /** Until */
            until: string | null;
            /** Value */
            value: string;
        };
        /**
         * PauseRequest
         * @description Why a budget shall be paused, and how long.
         */
        PauseRequest: {
            /**
             * Reason
             * @description Who is refused is told.
             */
            reason: string;
            /**
             * Until
             * @description An instant, or a span such as 12h; until resumed if not given.
             */
            until?: string | null;
            /**
             * Value
             * @description Only for this value of the dimension `each`; empty: all of it.
             * @default
             */
            value?: string;
        };
        /**
         * PausesReply
         * @description The pauses in force.
         */
        PausesReply: {
            /** Pauses */
            pauses: components["schemas"]["PauseReply"][];
        };
        /**
         * PeopleReply
         * @description Everybody, by when they were added.
         */
        PeopleReply: {
            /** People */
            people: components["schemas"]["PersonReply"][];
        };
        /**
         * Percentiles
         * @description Milliseconds, within 4.8 % of the true value.
         */
        Percentiles: {
            /** P50 */
            p50: number;
            /** P95 */
            p95: number;
            /** P99 */
            p99: number;
        };
        /**
         * PersonChange
         * @description What of somebody shall change; what is not given stays.
         */
        PersonChange: {
            /** Name */
            name?: string | null;
            /** Roles */
            roles?: components["schemas"]["RoleReply"][] | null;
            /** Status */
            status?: ("active" | "disabled") | null;
        };
        /**
         * PersonCreated
         * @description Somebody new, and the link that signs them in.
         */
        PersonCreated: {
            /** Expires At */
            expires_at: string;
            person: components["schemas"]["PersonReply"];
            /** Sign In Url */
            sign_in_url: string;
        };
        /**
         * PersonReply
         * @description Somebody who may sign in.
         */
        PersonReply: {
            /** Created At */
            created_at: string;
            /** Email */
            email: string;
            /** Id */
            id: string;
            /** Last Seen At */
            last_seen_at: string | null;
            /** Name */
            name: string;
            /**
             * Origin
             * @description How they sign in.
             * @enum {string}
             */
            origin: "link" | "oidc";
            /**
             * Roles
             * @description Given by an administrator.
             */
            roles: components["schemas"]["RoleReply"][];
            /**
             * Roles By Groups
             * @description Given by their groups, as of their last sign-in.
             */
            roles_by_groups: components["schemas"]["RoleReply"][];
            /**
             * Sessions
             * @description Browsers that are signed in.
             */
            sessions: number;
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "disabled";
        };
        /**
         * PersonRequest
         * @description Somebody new, who signs in by link.
         */
        PersonRequest: {
            /** Email */
            email: string;
            /**
             * Name
             * @default
             */
            name?: string;
            /**
             * Roles
             * @default []
             */
            roles?: components["schemas"]["RoleReply"][];
        };
        /**
         * PickValue
         * @description A value of a dimension, and what it stands for in the span.
         */
        PickValue: {
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
            /** Value */
            value: string;
        };
        /**
         * PointReply
         * @description How an account stood.
         */
        PointReply: {
            /** At */
            at: string;
            /** Limit */
            limit: string;
            /** Spent */
            spent: string;
        };
        /**
         * PricedCall
         * @description One call with the arithmetic of its cost: the amounts add up to `cost_usd`, rounded once at the end.
         */
        PricedCall: {
            /**
             * Budgets
             * @description The budget accounts it was charged to when it happened, by commas.
             */
            budgets: string;
            /** Bytes Reply */
            bytes_reply: number;
            /** Bytes Request */
            bytes_request: number;
            /** Call Id */
            call_id: string;
            /** Cost List Usd */
            cost_list_usd: string | null;
            /** Cost Usd */
            cost_usd: string | null;
            /** Environment */
            environment: string;
            /** Fingerprint Prefix */
            fingerprint_prefix: string;
            /** Fingerprint Request */
            fingerprint_request: string;
            /** Finished At */
            finished_at: string;
            /** First Token Ms */
            first_token_ms: number | null;
            /** Flags */
            flags: string[];
            /**
             * Held Usd
             * @description What budgets held for it while it was in flight; null where none in USD paid for it.
             */
            held_usd: string | null;
            /** Http Status */
            http_status: number;
            /** Idempotency Hash */
            idempotency_hash: string;
            /** Inference Geo */
            inference_geo: string;
            /** Key Id */
            key_id: string;
            /** Latency Ms */
            latency_ms: number;
            /** Linked Call Id */
            linked_call_id: string;
            /** Model */
            model: string;
            /** Model Requested */
            model_requested: string;
            /** Model Served */
            model_served: string;
            /** Operation */
            operation: string;
            /**
             * Output Tokens Asked
             * @description The most tokens of output that the caller allowed; null where no limit was written.
             */
            output_tokens_asked: number | null;
            /**
             * Price Lines
             * @description Null if the call has no price.
             */
            price_lines: components["schemas"]["PriceLine"][] | null;
            /** Price Ref */
            price_ref: string;
            /** Processing */
            processing: string;
            /** Product */
            product: string;
            /** Provider */
            provider: string;
            /** Provider Call Id */
            provider_call_id: string;
            /**
             * Received At
             * @description When the ledger took it over.
             */
            received_at: string;
            /** Region */
            region: string;
            /**
             * Seq
             * @description Its number among those of the worker; 0 as above.
             */
            seq: number;
            /** Service Tier */
            service_tier: string;
            /** Source */
            source: string;
            /** Speed */
            speed: string;
            /** Started At */
            started_at: string;
            /** Status */
            status: string;
            /** Streamed */
            streamed: boolean;
            /** Tags */
            tags: {
                [key: string]: string;
            };
            /** Team */
            team: string;
            tokens: components["schemas"]["Tokens"];
            units: components["schemas"]["Units"];
            /** Usage Source */
            usage_source: string;
            /** Use Case */
            use_case: string;
            /** Wire */
            wire: string;
            /**
             * Worker
             * @description Who delivered it; empty for whoever sees only some calls.
             */
            worker: string;
        };
        /**
         * PriceLine
         * @description quantity x rate_usd / per = amount_usd; without a rate all three are null, which is not zero.
         */
        PriceLine: {
            /** Amount Usd */
            amount_usd: string | null;
            /**
             * Borrowed
             * @description Sound, pictures or film at the price of text: the model has none for them.
             */
            borrowed: boolean;
            /**
             * Per
             * @description The units that the rate is for.
             */
            per: number | null;
            /**
             * Priced As
             * @description The price that it pays, as the price document names it.
             */
            priced_as: string | null;
            /** Quantity */
            quantity: number;
            /** Rate Usd */
            rate_usd: string | null;
            /** Usage Class */
            usage_class: string;
        };
        /**
         * PricesReply
         * @description The prices of one model as standard calls pay them, the newest first.
         */
        PricesReply: {
            /** Model */
            model: string;
            /** Provider */
            provider: string;
            /** Versions */
            versions: components["schemas"]["PriceVersion"][];
        };
        /**
         * PriceVersion
         * @description What held in a span; without rates the model had no price then.
         */
        PriceVersion: {
            /**
             * List Ref
             * @description The public price of the same; empty where there is none.
             */
            list_ref: string;
            /**
             * Origin
             * @description `own` price document, `public` catalogue, or `none`.
             */
            origin: string;
            /** Rates */
            rates: components["schemas"]["RateReply"][];
            /**
             * Ref
             * @description The rate card, by its content; calls name it as `price_ref`.
             */
            ref: string;
            /**
             * Valid From
             * @description Null: ever since.
             */
            valid_from: string | null;
            /**
             * Valid To
             * @description Null: until further notice.
             */
            valid_to: string | null;
        };
        /**
         * Problem
         * @description Why a request was not served, and what to do about it.
         */
        Problem: {
            /**
             * Code
             * @description A stable word for programs.
             */
            code: string;
            /**
             * Detail
             * @description What happened, and what would work.
             */
            detail: string;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Type
             * @description `urn:bursar:problem:` and the code.
             */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * RangeReply
         * @description An amount that is expected, as decimal text, and what four of five futures lie between.
         */
        RangeReply: {
            /** Expected */
            expected: string;
            /** High */
            high: string | null;
            /**
             * Low
             * @description Null where too few days are known; never below what was spent.
             */
            low: string | null;
        };
        /**
         * RateReply
         * @description USD as decimal text for so many units.
         */
        RateReply: {
            /**
             * Input Over
             * @description Only for prompts of more input tokens; null for all.
             */
            input_over: number | null;
            /** Per */
            per: number;
            /** Usage Class */
            usage_class: string;
            /** Usd */
            usd: string;
        };
        /**
         * ResumeRequest
         * @description What shall go on.
         */
        ResumeRequest: {
            /**
             * Value
             * @description Only for this value of the dimension `each`; empty: all of it.
             * @default
             */
            value?: string;
        };
        /**
         * RetentionReply
         * @description How many days what is over is kept; what is kept for good is never deleted or rewritten.
         */
        RetentionReply: {
            /**
             * Declared
             * @description Whether the estate says so; otherwise these are the defaults.
             */
            declared: boolean;
            /** Kept For Good */
            kept_for_good: string[];
            /** Links Days */
            links_days: number;
            /** Messages Days */
            messages_days: number;
            /** Sessions Days */
            sessions_days: number;
            /** Tokens Days */
            tokens_days: number;
        };
        /**
         * RoleReply
         * @description A role, for all rows where both lists are empty, or for those of some teams and products.
         */
        RoleReply: {
            /**
             * Products
             * @default []
             */
            products?: string[];
            /**
             * Role
             * @enum {string}
             */
            role: "administrator" | "finance" | "procurement" | "approver" | "engineer" | "viewer" | "auditor";
            /**
             * Teams
             * @default []
             */
            teams?: string[];
        };
        /**
         * Row
         * @description One group: its dimensions by name, and its figures.
         */
        Row: {
            /** Calls */
            calls: number;
            /**
             * Cost List Usd
             * @description At list price, of the calls that have one.
             */
            cost_list_usd: string;
            /**
             * Cost Usd
             * @description Of the calls that have a price, and of what is priced in the others.
             */
            cost_usd: string;
            /**
             * Errors
             * @description Calls that the provider answered with an error, or not at all.
             */
            errors: number;
            /**
             * Estimated Calls
             * @description Calls whose usage was counted by us, not said by the provider.
             */
            estimated_calls: number;
            /** @description Time to the first token of streamed replies. */
            first_token_ms: components["schemas"]["Percentiles"] | null;
            /**
             * Interrupted Calls
             * @description In flight when a gateway process died; may be billed.
             */
            interrupted_calls: number;
            /** @description Of complete and partial replies; null without any. */
            latency_ms: components["schemas"]["Percentiles"] | null;
            /**
             * List Unpriced Calls
             * @description Calls without a known list price.
             */
            list_unpriced_calls: number;
            /**
             * Partial Calls
             * @description Replies that broke off.
             */
            partial_calls: number;
            /**
             * Partly Unpriced Calls
             * @description Calls of which some usage has no rate: they cost more than `cost_usd` says.
             */
            partly_unpriced_calls: number;
            /**
             * Period
             * @description The period's first instant; absent if the grain is none.
             */
            period?: string | null;
            tokens: components["schemas"]["Tokens"];
            units: components["schemas"]["Units"];
            /**
             * Unpriced Calls
             * @description Calls without a known price: never counted as free.
             */
            unpriced_calls: number;
        } & {
            [key: string]: string;
        };
        /**
         * RuleEffectReply
         * @description What one rule would have done. Amounts are decimal texts in USD.
         */
        RuleEffectReply: {
            /** Calls */
            calls: number;
            /**
             * Cost
             * @description What these calls cost.
             */
            cost: string;
            /**
             * Given
             * @description Whether it is in the documents that were sent; others are in force as it is.
             */
            given: boolean;
            /** Rule */
            rule: string;
            /**
             * Saved
             * @description For reroutes: what they cost more than as many tokens of the new model at its average price in the span; null where nobody used it.
             */
            saved: string | null;
            /**
             * Teams
             * @description With the most of these calls.
             */
            teams: components["schemas"]["TeamCalls"][];
            /**
             * Verdict
             * @description deny, require_tags, require_approval, reroute or clamp.
             */
            verdict: string;
        };
        /**
         * RunOutReply
         * @description A budget that would have run out. Amounts are decimal texts in its unit.
         */
        RunOutReply: {
            /** Amount */
            amount: string;
            /** Budget */
            budget: string;
            /**
             * Given
             * @description Whether it is in the documents that were sent; others are in force as it is.
             */
            given: boolean;
            /** Period Begins At */
            period_begins_at: string;
            /**
             * Runs Out At
             * @description The hour in which it would have.
             */
            runs_out_at: string;
            /** Unit */
            unit: string;
            /**
             * Used
             * @description What was used in that period.
             */
            used: string;
            /**
             * Value
             * @description Of its dimension `each`; empty where it is one for all.
             */
            value: string;
        };
        /**
         * Said
         * @description What one rule said of the call.
         */
        Said: {
            /** Effect */
            effect: string;
            /** Fits */
            fits: boolean;
            /** Outcome */
            outcome: string;
            /** Rule */
            rule: string;
        };
        /**
         * SessionEnded
         * @description It opens nothing any more.
         */
        SessionEnded: {
            /** Id */
            id: string;
        };
        /**
         * SessionReply
         * @description A browser that is signed in.
         */
        SessionReply: {
            /** Address */
            address: string;
            /**
             * Agent
             * @description What the browser says of itself.
             */
            agent: string;
            /** Created At */
            created_at: string;
            /** Ends At */
            ends_at: string;
            /** Id */
            id: string;
            /** Is This */
            is_this: boolean;
            /**
             * Last Seen At
             * @description Within a minute.
             */
            last_seen_at: string;
            /**
             * Person
             * @description Their id.
             */
            person: string;
            /** Person Name */
            person_name: string;
        };
        /**
         * SessionsEnded
         * @description How many sessions were ended.
         */
        SessionsEnded: {
            /** Ended */
            ended: number;
        };
        /**
         * SessionsReply
         * @description Live sessions, newest first.
         */
        SessionsReply: {
            /** Sessions */
            sessions: components["schemas"]["SessionReply"][];
        };
        /**
         * SessionsSetting
         * @description How long a browser stays signed in.
         */
        SessionsSetting: {
            /** Ends After S */
            ends_after_s: number;
            /** Ends Idle After S */
            ends_idle_after_s: number;
            /** Link Ends After S */
            link_ends_after_s: number;
            /** Rotates After S */
            rotates_after_s: number;
        };
        /**
         * SettingsReply
         * @description What holds for this installation.
         */
        SettingsReply: {
            /** Console Url */
            console_url: string;
            /** Currency */
            currency: string;
            retention: components["schemas"]["RetentionReply"];
            sessions: components["schemas"]["SessionsSetting"];
            /** Sign In */
            sign_in: components["schemas"]["SignInReply"][];
            /** Sign In Link */
            sign_in_link: boolean;
            /**
             * Time Zone
             * @description Where days begin if a question does not say.
             */
            time_zone: string;
            /** Version */
            version: string;
        };
        /**
         * SignInReply
         * @description An identity provider; its secret is not shown, also not where it is.
         */
        SignInReply: {
            /** Ask */
            ask: string;
            /** Client Id */
            client_id: string;
            /** Default Roles */
            default_roles: components["schemas"]["RoleReply"][];
            /** Email Domains */
            email_domains: string[];
            /** Groups */
            groups: components["schemas"]["GroupReply"][];
            /** Groups Claim */
            groups_claim: string;
            /** Issuer */
            issuer: string;
            /** Label */
            label: string;
            /** Name */
            name: string;
            /**
             * Redirect Url
             * @description What the provider must allow as the way back.
             */
            redirect_url: string;
            /** Scopes */
            scopes: string[];
        };
        /**
         * Step
         * @description The decision for one model. A reroute leads to the next step.
         */
        Step: {
            /** Approvers */
            approvers: string[];
            /** Model */
            model: string;
            /** Output Tokens Max */
            output_tokens_max: number | null;
            /** Owner */
            owner: string;
            /** Provider */
            provider: string;
            /** Reason */
            reason: string;
            /** Region */
            region: string;
            /** Reroute To */
            reroute_to: string;
            /**
             * Rule
             * @description The rule that made the verdict; empty where no rule fitted.
             */
            rule: string;
            /** Rules */
            rules: components["schemas"]["Said"][];
            /** Shadows */
            shadows: string[];
            /** Tags Missing */
            tags_missing: string[];
            /** Tiers */
            tiers: string[];
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "allow" | "warn" | "clamp" | "reroute" | "require_approval" | "require_tags" | "deny";
            /** Warnings */
            warnings: string[];
        };
        /**
         * SummaryPart
         * @description Of the calls with one value of a dimension, this month.
         */
        SummaryPart: {
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
            /** Value */
            value: string;
        };
        /**
         * SummaryReply
         * @description Spend up to now, against the same days before, by owner, temporary and untagged.
         */
        SummaryReply: {
            /** @description Of the month to date, as /allocation says it. */
            allocation: components["schemas"]["AllocationReply"];
            /**
             * By
             * @description By team, product, use_case, model and environment: month to date.
             */
            by: {
                [key: string]: components["schemas"]["SummarySplit"];
            };
            /** Spans */
            spans: {
                [key: string]: components["schemas"]["SummarySpan"];
            };
            /** Time Zone */
            time_zone: string;
        };
        /**
         * SummarySpan
         * @description A day, week or month of the zone up to now.
         */
        SummarySpan: {
            /** @description The same days before: of yesterday, last week or last month. */
            before: components["schemas"]["BeforeAmount"];
            /** Calls */
            calls: number;
            /** Cost Usd */
            cost_usd: string;
            /** From */
            from: string;
            /** To */
            to: string;
        };
        /**
         * SummarySplit
         * @description This month by one dimension: the largest, and all others together; they add up to the month.
         */
        SummarySplit: {
            /**
             * Others
             * @description How many other values there are.
             */
            others: number;
            /** Parts */
            parts: components["schemas"]["SummaryPart"][];
            /** @description Of these. */
            rest: components["schemas"]["Amount"];
        };
        /**
         * TagsReply
         * @description Further tags that keys carry or let callers set, by name.
         */
        TagsReply: {
            /** Tags */
            tags: string[];
        };
        /**
         * TeamCalls
         * @description Calls of a team.
         */
        TeamCalls: {
            /** Calls */
            calls: number;
            /** Team */
            team: string;
        };
        /**
         * TestReply
         * @description The examples of all policies in force.
         */
        TestReply: {
            /** Examples */
            examples: components["schemas"]["ExampleOutcome"][];
            /** Failed */
            failed: number;
            /** Passed */
            passed: number;
        };
        /**
         * ThresholdReply
         * @description A share of the limit, and what is done when it is reached.
         */
        ThresholdReply: {
            /**
             * At
             * @description Percent.
             */
            at: number;
            /**
             * On
             * @enum {string}
             */
            on: "actual" | "forecast";
            /**
             * Steps
             * @description In words, in their order.
             */
            steps: string[];
        };
        /**
         * TokenCreated
         * @description A new token; this is the only time that its secret is shown.
         */
        TokenCreated: {
            /** Created At */
            created_at: string;
            /** Expires At */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Last Used At
             * @description Within a minute.
             */
            last_used_at: string | null;
            /** Name */
            name: string;
            /**
             * Permissions
             * @description Null: all that its person may do.
             */
            permissions: ("usage.read" | "calls.read" | "budgets.read" | "budgets.write" | "estate.read" | "estate.write" | "policies.read" | "keys.read" | "keys.write" | "approvals.read" | "approvals.answer" | "alerts.read" | "alerts.answer" | "drivers.write" | "views.write" | "people.read" | "people.write" | "audit.read" | "settings.read" | "settings.write" | "system.read" | "system.write")[] | null;
            /**
             * Person
             * @description The id of whose it is.
             */
            person: string;
            /** Revoked At */
            revoked_at: string | null;
            /** Secret */
            secret: string;
        };
        /**
         * TokenReply
         * @description A token without its secret.
         */
        TokenReply: {
            /** Created At */
            created_at: string;
            /** Expires At */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Last Used At
             * @description Within a minute.
             */
            last_used_at: string | null;
            /** Name */
            name: string;
            /**
             * Permissions
             * @description Null: all that its person may do.
             */
            permissions: ("usage.read" | "calls.read" | "budgets.read" | "budgets.write" | "estate.read" | "estate.write" | "policies.read" | "keys.read" | "keys.write" | "approvals.read" | "approvals.answer" | "alerts.read" | "alerts.answer" | "drivers.write" | "views.write" | "people.read" | "people.write" | "audit.read" | "settings.read" | "settings.write" | "system.read" | "system.write")[] | null;
            /**
             * Person
             * @description The id of whose it is.
             */
            person: string;
            /** Revoked At */
            revoked_at: string | null;
        };
        /**
         * TokenRequest
         * @description What a new token shall be.
         */
        TokenRequest: {
            /**
             * Expires
             * @description An instant within a year, ISO 8601, or a span such as 30d.
             */
            expires: string;
            /**
             * Name
             * @description What it is for.
             */
            name: string;
            /**
             * Permissions
             * @description What it may do of what its person may; all of it if not given.
             */
            permissions?: ("usage.read" | "calls.read" | "budgets.read" | "budgets.write" | "estate.read" | "estate.write" | "policies.read" | "keys.read" | "keys.write" | "approvals.read" | "approvals.answer" | "alerts.read" | "alerts.answer" | "drivers.write" | "views.write" | "people.read" | "people.write" | "audit.read" | "settings.read" | "settings.write" | "system.read" | "system.write")[] | null;
            /**
             * Person
             * @description Whose it is; only the installation's own token may make one for somebody else.
             */
            person?: string | null;
        };
        /**
         * Tokens
         * @description Tokens: both totals, and the classes that make them up without overlapping.
         */
        Tokens: {
            /** Cache Read */
            cache_read: number;
            /** Cache Read Audio */
            cache_read_audio: number;
            /** Cache Read Image */
            cache_read_image: number;
            /** Cache Read Video */
            cache_read_video: number;
            /** Cache Write */
            cache_write: number;
            /** Cache Write 1H */
            cache_write_1h: number;
            /** Cache Write 5M */
            cache_write_5m: number;
            /** Cache Write 12H */
            cache_write_12h: number;
            /** Cache Write 30M */
            cache_write_30m: number;
            /** Input */
            input: number;
            /** Input Audio */
            input_audio: number;
            /** Input Image */
            input_image: number;
            /**
             * Input Total
             * @description All input tokens, cached ones included.
             */
            input_total: number;
            /** Input Video */
            input_video: number;
            /** Output */
            output: number;
            /** Output Audio */
            output_audio: number;
            /** Output Image */
            output_image: number;
            /**
             * Output Total
             * @description All output tokens, reasoning included.
             */
            output_total: number;
            /** Output Video */
            output_video: number;
            /** Reasoning */
            reasoning: number;
        };
        /**
         * TokensReply
         * @description Live tokens, newest first.
         */
        TokensReply: {
            /** Tokens */
            tokens: components["schemas"]["TokenReply"][];
        };
        /**
         * TriedReply
         * @description The other side took a test message.
         */
        TriedReply: {
            /** Channel */
            channel: string;
            /** Sent */
            sent: boolean;
        };
        /**
         * Units
         * @description What is counted in other units than tokens.
         */
        Units: {
            /** Audio Ms */
            audio_ms: number;
            /** Characters Input */
            characters_input: number;
            /** Code Executions */
            code_executions: number;
            /** File Searches */
            file_searches: number;
            /** Images */
            images: number;
            /** Pages */
            pages: number;
            /** Web Fetches */
            web_fetches: number;
            /** Web Searches */
            web_searches: number;
        };
        /**
         * UsageAnswer
         * @description Rows ordered by period and dimensions, and what they add up to, exactly.
         */
        UsageAnswer: {
            /** By */
            by: string[];
            /**
             * From
             * @description The first instant, as it was understood.
             */
            from: string;
            /**
             * Grain
             * @enum {string}
             */
            grain: "none" | "minute" | "hour" | "day" | "month";
            /**
             * Rows
             * @description Only groups with calls.
             */
            rows: components["schemas"]["Row"][];
            /**
             * To
             * @description The instant after the last one.
             */
            to: string;
            total: components["schemas"]["Figures"];
        };
        /**
         * ValuesAnswer
         * @description Values that hold the text, the costliest first.
         */
        ValuesAnswer: {
            /**
             * More
             * @description How many others hold the text.
             */
            more: number;
            /** Values */
            values: components["schemas"]["PickValue"][];
        };
        /**
         * Version
         * @description One version of a document; `document` is null where it was removed.
         */
        Version: {
            /** Actor */
            actor: string;
            /** Document */
            document: {
                [key: string]: unknown;
            } | null;
            /** Made At */
            made_at: string;
            /** Origin */
            origin: string;
            /** Revision */
            revision: number;
            /** Version */
            version: number;
        };
        /**
         * ViewChange
         * @description What of a view shall change.
         */
        ViewChange: {
            /** Name */
            name?: string | null;
            /** Shared */
            shared?: boolean | null;
            /** State */
            state?: string | null;
        };
        /**
         * ViewReply
         * @description A page with its state.
         */
        ViewReply: {
            /** Changed At */
            changed_at: string;
            /** Id */
            id: string;
            /** Is Mine */
            is_mine: boolean;
            /** Made At */
            made_at: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Page */
            page: string;
            /** Shared */
            shared: boolean;
            /** State */
            state: string;
        };
        /**
         * ViewRequest
         * @description A view to keep.
         */
        ViewRequest: {
            /** Name */
            name: string;
            /** Page */
            page: string;
            /**
             * Shared
             * @default false
             */
            shared?: boolean;
            /**
             * State
             * @description The query of the page's address.
             */
            state: string;
        };
        /**
         * ViewsReply
         * @description One's own views and those that others share, by name.
         */
        ViewsReply: {
            /** Views */
            views: components["schemas"]["ViewReply"][];
        };
        /**
         * WorkerHolding
         * @description What one gateway worker has. Amounts are decimal text in the budget's unit.
         */
        WorkerHolding: {
            /**
             * Calls
             * @description The oldest first.
             */
            calls: components["schemas"]["CallHold"][];
            /** Heard At */
            heard_at: string;
            /**
             * Held
             * @description By its calls in flight.
             */
            held: string;
            /**
             * Held By Others
             * @description Of `held`: by calls that began within the last seconds.
             */
            held_by_others: string;
            /**
             * Leased
             * @description What it may reserve from without asking, what its calls hold included.
             */
            leased: string;
            /**
             * Silent
             * @description It says nothing any more, so nobody may spend what it has.
             */
            silent: boolean;
            /**
             * Told At
             * @description When it told of its calls one by one.
             */
            told_at: string | null;
            /** Worker */
            worker: string;
        };
        /**
         * Workers
         * @description Every source of events, by name.
         */
        Workers: {
            /** Workers */
            workers: components["schemas"]["DeliveringWorker"][];
        };
        /**
         * WriteOffReply
         * @description What was lent to the worker, and what of it is free again: lent - charged.
         */
        WriteOffReply: {
            /** Accounts */
            accounts: components["schemas"]["Loss"][];
            /** Worker */
            worker: string;
        };
        /**
         * WriteOffRequest
         * @description That a worker is lost for ever, and what of its money counts as spent.
         */
        WriteOffRequest: {
            /**
             * Charge
             * @description Taken for spent, beside what the ledger knows: all that it was lent, what its calls held by its last word, or nothing.
             * @default held
             * @enum {string}
             */
            charge?: "lent" | "held" | "nothing";
            /** Reason */
            reason: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    read_alerts_api_v1_alerts_get: {
        parameters: {
            query?: {
                budget?: string | null;
                /** @description How many, the newest first. */
                limit?: number;
                state?: ("waiting" | "settled" | "acknowledged" | "lifted") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_alert_api_v1_alerts__alert_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge_api_v1_alerts__alert_id__acknowledge_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetail"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_answer_api_v1_alerts_answer__token__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description `text/html` for a page, anything else for JSON. */
                accept?: string;
            };
            path: {
                /** @description As it stands in the message. */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As `accept` asks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerReply"];
                    "text/html": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_answer_api_v1_alerts_answer__token__post: {
        parameters: {
            query?: never;
            header?: {
                /** @description `text/html` for a page, anything else for JSON. */
                accept?: string;
            };
            path: {
                /** @description As it stands in the message. */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As `accept` asks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerReply"];
                    "text/html": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_messages_api_v1_alerts_messages_get: {
        parameters: {
            query?: {
                /** @description How many, the newest first. */
                limit?: number;
                state?: ("waiting" | "sent" | "dead") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagesReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_message_api_v1_alerts_messages__message_id__send_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_allocation_api_v1_allocation_get: {
        parameters: {
            query?: {
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllocationReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_approvals_api_v1_approvals_get: {
        parameters: {
            query?: {
                limit?: number;
                /** @description Only these. */
                state?: ("open" | "granted" | "declined" | "ended") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_approval_api_v1_approvals__request_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decline_api_v1_approvals__request_id__decline_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeclineRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    grant_api_v1_approvals__request_id__grant_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["bursar__api__approvals__GrantRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_audit_api_v1_audit_get: {
        parameters: {
            query?: {
                /** @description Such as `key.created`, or `key.*`. */
                action?: string;
                actor?: string;
                /** @description `next` of the page before. */
                before?: number | null;
                limit?: number;
                /** @description Such as `budget/search`. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_audit_api_v1_audit_verify_get: {
        parameters: {
            query?: {
                /** @description A hash that was noted earlier: it must still be there. */
                head?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerified"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_api_v1_auth_link_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkRequest"];
            };
        };
        responses: {
            /** @description Signed in; the session is in the cookie. */
            204: {
                headers: {
                    "set-cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    come_back_api_v1_auth_oidc__name__callback_get: {
        parameters: {
            query?: {
                authuser?: string;
                code?: string;
                error?: string;
                error_description?: string;
                error_uri?: string;
                hd?: string;
                iss?: string;
                prompt?: string;
                scope?: string;
                session_state?: string;
                state?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed in, with no role yet: a page that says whom to ask. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Onwards. */
            302: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody was signed in: a page that says so. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tries: a page that says so. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The provider does not answer: a page that says so. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    start_api_v1_auth_oidc__name__start_get: {
        parameters: {
            query?: {
                /** @description A path of the console to go to afterwards. */
                next?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Onwards. */
            302: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tries: a page that says so. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The provider does not answer: a page that says so. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    options_api_v1_auth_options_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthOptions"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_api_v1_auth_sign_out_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_forecasts_api_v1_budget_forecasts_get: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadingsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_pauses_api_v1_budget_pauses_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PausesReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_borrowers_api_v1_budget_workers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BorrowingWorkers"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    write_off_worker_api_v1_budget_workers__worker__write_off_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The worker's name. */
                worker: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WriteOffRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteOffReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_budgets_api_v1_budgets_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_budget_api_v1_budgets__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_course_api_v1_budgets__name__course_get: {
        parameters: {
            query?: {
                /** @description Of the budget's dimension `each`; empty without one. */
                value?: string;
            };
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CourseReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_grants_api_v1_budgets__name__grants_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_grant_api_v1_budgets__name__grants_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["bursar__api__budgets__GrantRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_holdings_api_v1_budgets__name__holdings_get: {
        parameters: {
            query?: {
                /** @description Of the budget's dimension `each`; empty without one. */
                value?: string;
            };
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoldingsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_api_v1_budgets__name__pause_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_api_v1_budgets__name__resume_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The budget's name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResumeRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_calls_api_v1_calls_get: {
        parameters: {
            query?: {
                /** @description `next` of the page before; calls that came in meanwhile move nothing. */
                cursor?: string;
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description Repeatable; a call has all of them. */
                flag?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                limit?: number;
                /** @description An id or its beginning, a tag's value or `tag:value`, a flag, a key's id or label, or the name of a model, team, product, use case or environment. */
                q?: string;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallsAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_call_api_v1_calls__call_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As in the header x-bursar-call-id. */
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricedCall"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_changes_api_v1_changes_get: {
        parameters: {
            query?: {
                by?: string;
                /** @description As for /explore. */
                compare?: "previous" | "week" | "year";
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
                /** @description How many parts are told apart. */
                top?: number;
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangesAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    try_channel_api_v1_channels__name__test_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriedReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_diagnosis_api_v1_doctor_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diagnosis"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_drivers_api_v1_drivers_get: {
        parameters: {
            query?: {
                /** @description The most values. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriversReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    say_driver_api_v1_drivers_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DriverRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriverReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_estate_api_v1_estate_get: {
        parameters: {
            query?: {
                kind?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EstateReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_estate_api_v1_estate_apply_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplyReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_history_api_v1_estate_history_get: {
        parameters: {
            query: {
                kind: string;
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_explore_api_v1_explore_get: {
        parameters: {
            query?: {
                /** @description Up to 2 dimensions, with a comma between; as for /usage. */
                by?: string;
                /** @description `previous`: as long a time just before, of a span that begins at midnight as many days up to the same time of day; `week`: the same weekdays before; `year`: a year before. */
                compare?: "none" | "previous" | "week" | "year";
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description Weeks begin on Monday. */
                grain?: "none" | "minute" | "hour" | "day" | "week" | "month" | "weekday_hour";
                /** @description `cost`: What it cost.; `cost_list`: What it would have cost at list price.; `calls`: Calls.; `errors`: Calls that the provider answered with an error, or not at all.; `unpriced_calls`: Calls without a known price.; `tokens`: Tokens of every class.; `tokens_input`: All input tokens, cached ones included.; `tokens_output`: All output tokens, reasoning included.; `cost_per_call`: Cost of a call that has a price.; `cost_per_1k_tokens`: Cost of a thousand tokens.; `tokens_per_call`: Tokens of a call.; `error_rate`: Share of calls that failed.; `cache_hit_rate`: Share of input tokens that came from a cache.; `tokens.input`: Tokens of the class input.; `tokens.cache_read`: Tokens of the class cache_read.; `tokens.cache_write`: Tokens of the class cache_write.; `tokens.cache_write_5m`: Tokens of the class cache_write_5m.; `tokens.cache_write_30m`: Tokens of the class cache_write_30m.; `tokens.cache_write_1h`: Tokens of the class cache_write_1h.; `tokens.cache_write_12h`: Tokens of the class cache_write_12h.; `tokens.input_audio`: Tokens of the class input_audio.; `tokens.input_image`: Tokens of the class input_image.; `tokens.input_video`: Tokens of the class input_video.; `tokens.cache_read_audio`: Tokens of the class cache_read_audio.; `tokens.cache_read_image`: Tokens of the class cache_read_image.; `tokens.cache_read_video`: Tokens of the class cache_read_video.; `tokens.output`: Tokens of the class output.; `tokens.reasoning`: Tokens of the class reasoning.; `tokens.output_audio`: Tokens of the class output_audio.; `tokens.output_image`: Tokens of the class output_image.; `tokens.output_video`: Tokens of the class output_video.; `latency_p50`: Time to the whole reply, p50.; `latency_p95`: Time to the whole reply, p95.; `latency_p99`: Time to the whole reply, p99.; `first_token_p50`: Time to the first token, p50.; `first_token_p95`: Time to the first token, p95.; `first_token_p99`: Time to the first token, p99. */
                measure?: "cost" | "cost_list" | "calls" | "errors" | "unpriced_calls" | "tokens" | "tokens_input" | "tokens_output" | "cost_per_call" | "cost_per_1k_tokens" | "tokens_per_call" | "error_rate" | "cache_hit_rate" | "tokens.input" | "tokens.cache_read" | "tokens.cache_write" | "tokens.cache_write_5m" | "tokens.cache_write_30m" | "tokens.cache_write_1h" | "tokens.cache_write_12h" | "tokens.input_audio" | "tokens.input_image" | "tokens.input_video" | "tokens.cache_read_audio" | "tokens.cache_read_image" | "tokens.cache_read_video" | "tokens.output" | "tokens.reasoning" | "tokens.output_audio" | "tokens.output_image" | "tokens.output_video" | "latency_p50" | "latency_p95" | "latency_p99" | "first_token_p50" | "first_token_p95" | "first_token_p99";
                /** @description The instant after the last one; written as `from`. */
                to?: string;
                /** @description How many groups are told apart. */
                top?: number;
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExploreAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_explore_api_v1_explore_export_get: {
        parameters: {
            query?: {
                /** @description Up to 2 dimensions, with a comma between; as for /usage. */
                by?: string;
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                format?: "csv" | "parquet";
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description Weeks begin on Monday. */
                grain?: "none" | "minute" | "hour" | "day" | "week" | "month" | "weekday_hour";
                /** @description `cost`: What it cost.; `cost_list`: What it would have cost at list price.; `calls`: Calls.; `errors`: Calls that the provider answered with an error, or not at all.; `unpriced_calls`: Calls without a known price.; `tokens`: Tokens of every class.; `tokens_input`: All input tokens, cached ones included.; `tokens_output`: All output tokens, reasoning included.; `cost_per_call`: Cost of a call that has a price.; `cost_per_1k_tokens`: Cost of a thousand tokens.; `tokens_per_call`: Tokens of a call.; `error_rate`: Share of calls that failed.; `cache_hit_rate`: Share of input tokens that came from a cache.; `tokens.input`: Tokens of the class input.; `tokens.cache_read`: Tokens of the class cache_read.; `tokens.cache_write`: Tokens of the class cache_write.; `tokens.cache_write_5m`: Tokens of the class cache_write_5m.; `tokens.cache_write_30m`: Tokens of the class cache_write_30m.; `tokens.cache_write_1h`: Tokens of the class cache_write_1h.; `tokens.cache_write_12h`: Tokens of the class cache_write_12h.; `tokens.input_audio`: Tokens of the class input_audio.; `tokens.input_image`: Tokens of the class input_image.; `tokens.input_video`: Tokens of the class input_video.; `tokens.cache_read_audio`: Tokens of the class cache_read_audio.; `tokens.cache_read_image`: Tokens of the class cache_read_image.; `tokens.cache_read_video`: Tokens of the class cache_read_video.; `tokens.output`: Tokens of the class output.; `tokens.reasoning`: Tokens of the class reasoning.; `tokens.output_audio`: Tokens of the class output_audio.; `tokens.output_image`: Tokens of the class output_image.; `tokens.output_video`: Tokens of the class output_video.; `latency_p50`: Time to the whole reply, p50.; `latency_p95`: Time to the whole reply, p95.; `latency_p99`: Time to the whole reply, p99.; `first_token_p50`: Time to the first token, p50.; `first_token_p95`: Time to the first token, p95.; `first_token_p99`: Time to the first token, p99. */
                measure?: "cost" | "cost_list" | "calls" | "errors" | "unpriced_calls" | "tokens" | "tokens_input" | "tokens_output" | "cost_per_call" | "cost_per_1k_tokens" | "tokens_per_call" | "error_rate" | "cache_hit_rate" | "tokens.input" | "tokens.cache_read" | "tokens.cache_write" | "tokens.cache_write_5m" | "tokens.cache_write_30m" | "tokens.cache_write_1h" | "tokens.cache_write_12h" | "tokens.input_audio" | "tokens.input_image" | "tokens.input_video" | "tokens.cache_read_audio" | "tokens.cache_read_image" | "tokens.cache_read_video" | "tokens.output" | "tokens.reasoning" | "tokens.output_audio" | "tokens.output_image" | "tokens.output_video" | "latency_p50" | "latency_p95" | "latency_p99" | "first_token_p50" | "first_token_p95" | "first_token_p99";
                /** @description The instant after the last one; written as `from`. */
                to?: string;
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apache.parquet": string;
                    "text/csv": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_forecast_api_v1_forecast_get: {
        parameters: {
            query?: {
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The calendar's period that holds now. */
                period?: "day" | "week" | "month" | "quarter" | "year";
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForecastReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_gateway_api_v1_gateway_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewayReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_interventions_api_v1_interventions_get: {
        parameters: {
            query?: {
                /** @description How many, the newest first. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InterventionsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undo_api_v1_interventions__intervention_id__undo_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                intervention_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InterventionReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_keys_api_v1_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeysReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key_api_v1_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyCreated"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key_api_v1_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, as it was made or as GET /keys shows it. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_key_use_api_v1_keys_use_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyUseReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_workers_api_v1_ledger_workers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workers"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_api_v1_live_get: {
        parameters: {
            query?: {
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: {
                /** @description The id of the last event that came: calls go on behind it. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `hello` {revision, now, time_zone} once. `calls` {calls, more}: new calls in sight, oldest first, at most four times a second; `more` were left out. `rate` {usd_per_hour, calls_per_minute, window_s, today_cost} every 2 s. `changed` {what}: which of estate, budgets, alerts, approvals to ask for again; me: one's own roles are others now. `end` {why}: nothing follows. A comment every 15 s. The id of an event is the commit of the ledger that it goes up to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me_api_v1_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_people_api_v1_people_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_person_api_v1_people_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonCreated"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_person_api_v1_people__person_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it, or `administrator`. */
                person_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_link_api_v1_people__person_id__link_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it, or `administrator`. */
                person_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    effect_api_v1_policy_effect_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EffectRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EffectReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain_api_v1_policy_explain_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplainRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_examples_api_v1_policy_test_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_prices_api_v1_prices_get: {
        parameters: {
            query: {
                model: string;
                provider: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricesReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_sessions_api_v1_sessions_get: {
        parameters: {
            query?: {
                /** @description `everyone` needs the permission people.read. */
                of?: "me" | "everyone";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_sessions_api_v1_sessions_delete: {
        parameters: {
            query?: {
                /** @description Somebody else: needs people.write. */
                person?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsEnded"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_session_api_v1_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionEnded"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_settings_api_v1_settings_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_summary_api_v1_summary_get: {
        parameters: {
            query?: {
                /** @description Where days, weeks and months begin: an IANA name such as Europe/Berlin. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SummaryReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_tags_api_v1_tags_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_tokens_api_v1_tokens_get: {
        parameters: {
            query?: {
                /** @description `everyone` needs the permission people.read. */
                of?: "me" | "everyone";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token_api_v1_tokens_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreated"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token_api_v1_tokens__token_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list shows it. */
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage_api_v1_usage_get: {
        parameters: {
            query?: {
                /** @description Up to 5 dimensions to split by, with commas between: team, product, use_case, model, environment, provider, key, model_requested, model_served, region, status, http_status, operation, wire, service_tier, processing, speed, inference_geo, usage_source, price_ref, source, tag:<key>. */
                by?: string;
                /** @description Whether to answer percentiles; without them the answer takes half the time. */
                durations?: boolean;
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description The periods to split by; UTC. */
                grain?: "none" | "minute" | "hour" | "day" | "month";
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_beginnings_api_v1_usage_beginnings_get: {
        parameters: {
            query?: {
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description How many rows. */
                limit?: number;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeginningsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_caching_api_v1_usage_caching_get: {
        parameters: {
            query?: {
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CachingReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_longest_api_v1_usage_longest_get: {
        parameters: {
            query?: {
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description How many rows. */
                limit?: number;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LongestReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_output_limits_api_v1_usage_output_limits_get: {
        parameters: {
            query?: {
                /** @description `dimension:value`, repeatable. Values of one dimension are alternatives; of different dimensions all must hold. */
                filter?: string[];
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                /** @description How many rows. */
                limit?: number;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_values_api_v1_values_get: {
        parameters: {
            query?: {
                dimension?: string;
                /** @description The first instant: ISO 8601, `now`, or a span back from now such as `7d` or `90m`. */
                from?: string;
                limit?: number;
                /** @description Part of the value. */
                q?: string;
                /** @description The instant after the last one; written as `from`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ValuesAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_views_api_v1_views_get: {
        parameters: {
            query?: {
                page?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewsReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    save_view_api_v1_views_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_view_api_v1_views__view_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                view_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_view_api_v1_views__view_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                view_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_view_api_v1_views__view_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                view_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ViewReply"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
