import { start } from "/phone/assets/shared/phone.js";
import { MiniProgramView } from "./app-view.js";
import { NoticesView } from "./notices-view.js";
import * as world from "./world.js";

start(world, "公众号", [new MiniProgramView(), new NoticesView()]);
