/** What is around every page: navigation, header, span and filters, connection, dialogs. */

import { ActionIcon, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { live } from "~/live/live";
import { refreshBy } from "~/live/refresh";
import { usePermissions } from "~/session/me";
import { SignInAgain } from "~/session/signinagain";
import { useMended } from "~/state/mended";
import { Connection } from "./connection";
import { FilterBar } from "./filterbar";
import { IconMenu2 } from "./icons";
import { PLACES, placeOf } from "./navigation";
import { Palette, PaletteButton } from "./palette";
import { SchemeMenu } from "./scheme";
import classes from "./shell.module.css";
import { Shortcuts } from "./shortcuts";
import { SpanPicker } from "./spanpicker";
import { UserMenu } from "./usermenu";

export function Shell() {
  const [drawer, { open, close }] = useDisclosure(false);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const place = placeOf(path);
  useLiveStream();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <nav className={classes.nav} aria-label="Pages">
        <Brand />
        <Places here={place?.to} />
      </nav>
      <Drawer opened={drawer} onClose={close} size={264} title="Bursar" padding="sm">
        <nav aria-label="Pages">
          <Places here={place?.to} onGo={close} />
        </nav>
      </Drawer>
      <div style={{ minWidth: 0 }}>
        <header className={classes.header}>
          <ActionIcon className={classes.burger} size="lg" onClick={open} aria-label="Open the navigation">
            <IconMenu2 size={20} />
          </ActionIcon>
          <SpanPicker muted={place?.spanned === false} />
          <div className={classes.grow} />
          <Connection />
          <PaletteButton />
          <SchemeMenu />
          <UserMenu />
        </header>
        {place?.spanned && <FilterBar />}
        <main className={classes.main} id="main" tabIndex={-1}>
          <Mended />
          <Outlet />
        </main>
      </div>
      <Palette />
      <Shortcuts />
      <SignInAgain />
    </div>
  );
}

/** Nonsense in the address falls back; nobody should wonder why. */
function Mended() {
  const names = useMended();
  return (
    <p className={classes.mended} role="status" hidden={names.length === 0}>
      Not understood in the address, so left out: {names.join(", ")}.
    </p>
  );
}

function Brand() {
  return (
    <Link to="/" className={classes.brand}>
      <img src="/icon.svg" alt="" width={24} height={24} />
      Bursar
    </Link>
  );
}

function Places({ here, onGo }: { here: string | undefined; onGo?: () => void }) {
  const may = usePermissions();
  return (
    <ul className={classes.places}>
      {PLACES.filter(({ permission }) => !permission || may(permission)).map(({ name, to, icon: Icon }) => (
        <li key={to}>
          <Link
            to={to}
            className={classes.place}
            data-here={to === here}
            aria-current={to === here ? "page" : undefined}
            onClick={onGo}
          >
            <Icon size={17} stroke={1.7} aria-hidden="true" />
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function useLiveStream(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = refreshBy(queries);
    live.start();
    return () => {
      stop();
      live.stop();
    };
  }, [queries]);
}
