// The ward's dashboard. `state` holds what the gateway said, `trace` draws samples, `ui` and `pages` show the rest.

import { render } from "preact";
import { startLive } from "./state/live";
import { watchTheme } from "./state/theme";
import { watchWaiting } from "./state/waiting";
import { App } from "./ui/app";
import { watchRoute } from "./ui/route";
import "./style/tokens.css";
import "./style/base.css";
import "./style/ward.css";
import "./style/pages.css";
import "./style/work.css";
import "./style/alarms.css";

watchTheme();
watchRoute();
startLive();
watchWaiting();
render(<App />, document.getElementById("app")!);
