// What the published artefacts lack, inside a real node: GET /, the index.lifecycle.* settings,
// and PUT/GET/DELETE /_ilm/policy, checked by Elasticsearch's own parser and kept in memory. No policy is ever carried out.
import java.io.IOException;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.*;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.*;
import org.elasticsearch.rest.*;
import org.elasticsearch.xcontent.*;
import org.elasticsearch.xpack.core.ilm.*;

public class Glue extends Plugin implements ActionPlugin {
    static final Map<String, LifecyclePolicy> POLICIES = new ConcurrentHashMap<>();
    ClusterService cluster;

    @Override public Collection<?> createComponents(PluginServices s) { cluster = s.clusterService(); return List.of(); }

    @Override public List<Setting<?>> getSettings() {
        return List.of(LifecycleSettings.LIFECYCLE_NAME_SETTING, LifecycleSettings.LIFECYCLE_INDEXING_COMPLETE_SETTING,
            LifecycleSettings.LIFECYCLE_POLL_INTERVAL_SETTING, LifecycleSettings.LIFECYCLE_ROLLOVER_ONLY_IF_HAS_DOCUMENTS_SETTING,
            RolloverAction.LIFECYCLE_ROLLOVER_ALIAS_SETTING);
    }

    interface P<T> { T parse(XContentParser p) throws IOException; }
    static <T> NamedXContentRegistry.Entry e(Class<T> c, String n, P<? extends T> f) {
        return new NamedXContentRegistry.Entry(c, new ParseField(n), f::parse);
    }
    @Override public List<NamedXContentRegistry.Entry> getNamedXContent() {
        return List.of(
            e(LifecycleType.class, TimeseriesLifecycleType.TYPE, p -> TimeseriesLifecycleType.INSTANCE),
            e(LifecycleAction.class, AllocateAction.NAME, AllocateAction::parse),
            e(LifecycleAction.class, DeleteAction.NAME, DeleteAction::parse),
            e(LifecycleAction.class, DownsampleAction.NAME, DownsampleAction::parse),
            e(LifecycleAction.class, ForceMergeAction.NAME, ForceMergeAction::parse),
            e(LifecycleAction.class, MigrateAction.NAME, MigrateAction::parse),
            e(LifecycleAction.class, ReadOnlyAction.NAME, ReadOnlyAction::parse),
            e(LifecycleAction.class, RolloverAction.NAME, RolloverAction::parse),
            e(LifecycleAction.class, SearchableSnapshotAction.NAME, SearchableSnapshotAction::parse),
            e(LifecycleAction.class, SetPriorityAction.NAME, SetPriorityAction::parse),
            e(LifecycleAction.class, ShrinkAction.NAME, ShrinkAction::parse),
            e(LifecycleAction.class, UnfollowAction.NAME, UnfollowAction::parse),
            e(LifecycleAction.class, WaitForSnapshotAction.NAME, WaitForSnapshotAction::parse));
    }

    @Override public Collection<RestHandler> getRestHandlers(RestHandlersServices s, Supplier<DiscoveryNodes> n, Predicate<NodeFeature> f) {
        return List.of(new Root(), new Ilm());
    }

    class Root extends BaseRestHandler {
        @Override public String getName() { return "glue_root"; }
        @Override public List<Route> routes() { return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/")); }
        @Override protected RestChannelConsumer prepareRequest(RestRequest r, NodeClient c) {
            return ch -> {
                Build b = Build.current(); var st = cluster.state();
                XContentBuilder x = ch.newBuilder().startObject().field("name", cluster.getNodeName())
                    .field("cluster_name", st.getClusterName().value()).field("cluster_uuid", st.metadata().clusterUUID())
                    .startObject("version").field("number", b.qualifiedVersion()).field("build_flavor", b.flavor())
                    .field("build_type", b.type().displayName()).field("build_hash", b.hash()).field("build_date", b.date())
                    .field("build_snapshot", b.isSnapshot()).field("lucene_version", org.apache.lucene.util.Version.LATEST.toString())
                    .field("minimum_wire_compatibility_version", b.minWireCompatVersion())
                    .field("minimum_index_compatibility_version", b.minIndexCompatVersion()).endObject()
                    .field("tagline", "You Know, for Search").endObject();
                ch.sendResponse(new RestResponse(RestStatus.OK, x));
            };
        }
    }

    static class Ilm extends BaseRestHandler {
        @Override public String getName() { return "glue_ilm"; }
        @Override public List<Route> routes() {
            return List.of(new Route(RestRequest.Method.PUT, "/_ilm/policy/{name}"), new Route(RestRequest.Method.GET, "/_ilm/policy/{name}"),
                new Route(RestRequest.Method.GET, "/_ilm/policy"), new Route(RestRequest.Method.DELETE, "/_ilm/policy/{name}"));
        }
        @Override protected RestChannelConsumer prepareRequest(RestRequest r, NodeClient c) throws IOException {
            String name = r.param("name");
            switch (r.method()) {
                case PUT -> {
                    LifecyclePolicy.validatePolicyName(name);
                    LifecyclePolicy pol;
                    try (XContentParser p = r.contentParser()) {
                        p.nextToken(); p.nextToken();
                        if ("policy".equals(p.currentName()) == false) throw new IllegalArgumentException("expected [policy], got [" + p.currentName() + "]");
                        pol = LifecyclePolicy.parse(p, name);
                    }
                    pol.validate();
                    String warn = TimeseriesLifecycleType.validateMonotonicallyIncreasingPhaseTimings(pol.getPhases().values());
                    POLICIES.put(name, pol);
                    return ch -> {
                        XContentBuilder x = ch.newBuilder().startObject().field("acknowledged", true).endObject();
                        RestResponse res = new RestResponse(RestStatus.OK, x);
                        if (warn != null && warn.isEmpty() == false) res.addHeader("Warning", "299 Elasticsearch \"" + warn.replace('"', '\'') + "\"");
                        ch.sendResponse(res);
                    };
                }
                case DELETE -> {
                    boolean had = POLICIES.remove(name) != null;
                    return ch -> ch.sendResponse(new RestResponse(had ? RestStatus.OK : RestStatus.NOT_FOUND,
                        ch.newBuilder().startObject().field("acknowledged", had).endObject()));
                }
                default -> {
                    return ch -> {
                        if (name != null && POLICIES.containsKey(name) == false) {
                            ch.sendResponse(new RestResponse(RestStatus.NOT_FOUND, ch.newBuilder().startObject().field("error", "lifecycle policy not found: " + name).field("status", 404).endObject()));
                            return;
                        }
                        XContentBuilder x = ch.newBuilder().startObject();
                        for (var en : POLICIES.entrySet()) if (name == null || name.equals(en.getKey())) {
                            x.startObject(en.getKey()).field("version", 1); x.field("policy"); en.getValue().toXContent(x, ToXContent.EMPTY_PARAMS); x.endObject();
                        }
                        ch.sendResponse(new RestResponse(RestStatus.OK, x.endObject()));
                    };
                }
            }
        }
    }
}
