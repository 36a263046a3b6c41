/** Saved views of a page: kept under a name, shared, opened again; what the address says is all of it. */

import { ActionIcon, Badge, Button, Checkbox, Menu, Modal, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, client } from "~/api/client";
import { asProblem } from "~/api/problem";
import { IconChevronDown, IconPlus, IconTrash } from "~/app/icons";
import { Notice } from "~/components/page";
import { ProblemView } from "~/components/states";
import { usePermissions } from "~/session/me";
import { useSearchRaw, useUrlState } from "~/state/hooks";
import { parseSearch, stringifySearch, text } from "~/state/url";

/** Not `view`: that is how Explore draws, and part of what is saved. */
const OPENED = { saved: text("", /^$|^[0-9a-f-]{36}$/) };
const KEY = ["get", "/api/v1/views"] as const;

export function SavedViews({ page }: { page: string }) {
  const [saving, setSaving] = useState(false);
  const may = usePermissions();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data } = api.useQuery("get", "/api/v1/views", { params: { query: { page } } });
  const views = data?.views ?? [];
  const open = (view: { id: string; state: string }) =>
    void navigate({ to: ".", search: { ...parseSearch(view.state), saved: view.id } as never });
  const remove = async (id: string) => {
    await client.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id: id } } });
    await queries.invalidateQueries({ queryKey: KEY });
  };
  return (
    <>
      <OpenedView onFound={open} />
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            Views
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.map((view) => (
            <Menu.Item
              key={view.id}
              onClick={() => open(view)}
              rightSection={
                view.is_mine ? (
                  <ActionIcon
                    component="span"
                    size="sm"
                    variant="subtle"
                    color="gray"
                    role="button"
                    aria-label={`Delete the view ${view.name}`}
                    onClick={(event) => {
                      event.stopPropagation();
                      void remove(view.id);
                    }}
                  >
                    <IconTrash size={14} />
                  </ActionIcon>
                ) : (
                  <Badge size="xs" variant="light" title={`Shared by ${view.owner}`}>
                    shared
                  </Badge>
                )
              }
            >
              <span className="cut" title={view.name}>
                {view.name}
              </span>
            </Menu.Item>
          ))}
          {views.length === 0 && <Menu.Label>No views yet: save what you look at often</Menu.Label>}
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconPlus size={14} />}
            disabled={!may("views.write")}
            onClick={() => setSaving(true)}
          >
            Save this view
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={saving} onClose={() => setSaving(false)} title="Save this view">
        {saving && <SaveForm page={page} onDone={() => setSaving(false)} />}
      </Modal>
    </>
  );
}

function SaveForm({ page, onDone }: { page: string; onDone: () => void }) {
  const search = useSearchRaw();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const save = async () => {
    const { saved: _, ...state } = search;
    try {
      const { data } = await client.POST("/api/v1/views", {
        body: { name: name.trim(), page, state: stringifySearch(state), shared },
      });
      await queries.invalidateQueries({ queryKey: KEY });
      void navigate({ to: ".", search: { ...state, saved: data?.id } as never });
      onDone();
    } catch (thrown) {
      setProblem(thrown);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={100}
        data-autofocus
      />
      <Checkbox
        label="Show it to everyone; each sees only what their roles show"
        checked={shared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
      {problem !== null && <ProblemView error={problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" disabled={!name.trim()}>
          Save
        </Button>
      </div>
    </form>
  );
}

/** A link to a view names it only; a view that is gone says so and leaves the page as the address has it. */
function OpenedView({ onFound }: { onFound: (view: { id: string; state: string }) => void }) {
  const [{ saved: view }] = useUrlState(OPENED);
  const search = useSearchRaw();
  const isBare = view !== "" && Object.keys(search).length === 1;
  const query = api.useQuery(
    "get",
    "/api/v1/views/{view_id}",
    { params: { path: { view_id: view } } },
    { enabled: view !== "", retry: false, placeholderData: undefined },
  );
  const found = query.data;
  useEffect(() => {
    if (isBare && found && found.id === view) onFound(found);
  }, [isBare, found, view, onFound]);
  if (view === "" || !query.error) return null;
  const problem = asProblem(query.error);
  return (
    <Notice tone="warn">
      {problem.status === 404
        ? "The view in this address was deleted, or is no longer shared. What you see is what the rest of the address says."
        : problem.message}
    </Notice>
  );
}
